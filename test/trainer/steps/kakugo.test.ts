import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { silent } from '../../../core/progress.ts'
import { createRandom } from '../../../core/random.ts'
import { openStore, type Store } from '../../../data/database.ts'
import { createMemory } from '../../../data/memory.ts'
import type { Message } from '../../../models/runtime.ts'
import type { Example } from '../../../trainer/example.ts'
import type { Finding, Step, StepContext } from '../../../trainer/step.ts'
import { textCheck } from '../../../trainer/steps/kakugo/checks.ts'
import { openOverlap } from '../../../trainer/steps/kakugo/contamination.ts'
import { diversityOf, watchDiversity } from '../../../trainer/steps/kakugo/diversity.ts'
import { chooseInstructions } from '../../../trainer/steps/kakugo/instructions.ts'
import { nativeTexts } from '../../../trainer/steps/kakugo/native-texts.ts'
import { watchUsable } from '../../../trainer/steps/kakugo/usable.ts'
import { serveDataSets } from '../../evaluator/dataset-server.ts'
import { english, galician } from '../scripted-run.ts'

let folder: string
let store: Store
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kakugo-steps-'))
  store = await openStore(path.join(folder, 'endonym.db'))
})
afterAll(async () => {
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})
afterEach(() => vi.unstubAllEnvs())

function contextWith(found: Finding[] = []): StepContext {
  const nobody = () => Promise.reject(new Error('nobody is asked'))
  return {
    language: galician,
    rich: english,
    random: createRandom('test'),
    memory: createMemory(store),
    teacher: nobody,
    translator: nobody,
    countTokens: async () => 1,
    cache: folder,
    progress: silent,
    note: (finding) => found.push(finding),
    signal: new AbortController().signal,
  }
}

async function run(step: Step, context = contextWith(), input: readonly Example[] = []): Promise<Example[]> {
  const made: Example[] = []
  const all = async function* () {
    yield* input
  }
  for await (const example of step.run(all(), context)) made.push(example)
  return made
}

const galicianText = (topic: string) =>
  `Onte falamos longo tempo sobre ${topic} na casa da veciña. Ela dixo que antes as cousas eran doutro xeito, e que a xente daquela tiña máis tempo para falar. Despois tomamos un café e marchamos cada un para a súa casa.`

test('what does not belong into training data is named', () => {
  const answer = textCheck({ language: galician, field: 'answer', checks: true })
  expect(answer(galicianText('o mar'))).toBeUndefined()
  for (const [text, by] of [
    ['Aquí tes a ligazón: https://example.org/axuda', 'address'],
    ['<think>hmm</think> O mar é grande.', 'reasoning leak'],
    ['We need to answer in Galician. O mar é grande.', 'reasoning leak'],
    ['O mar é grande.<|im_end|>', 'chat markers'],
    ['Estimada [your name], o mar é grande.', 'placeholder'],
    ['…', 'placeholder'],
    ['O mar é \ufffdrande.', 'encoding'],
    ['O mar é grande <image>', 'media'],
    ['The sea is large and it has been there for a very long time, which is what they would say.', 'still English'],
    ['Море большое и холодное, и оно всегда было здесь.', 'script'],
    ['mar mar mar mar mar mar mar mar', 'looping'],
  ] as const) {
    expect([text, answer(text)?.by]).toEqual([text, by])
  }
  // What the paper checks, and no more.
  const paper = textCheck({ language: galician, field: 'answer', checks: false })
  expect(paper('See https://example.org')).toBeUndefined()
  expect(paper('O mar <image>')?.by).toBe('media')
})

test('programs are in no language', () => {
  const answer = textCheck({ language: galician, field: 'answer', checks: true })
  const program = '```\nfor (const each of this.theWhole) if (each.has(that)) return what\n```'
  expect(answer(`Así se percorre unha lista en JavaScript:\n${program}\nE con iso abonda.`)).toBeUndefined()
})

test('texts of the declaration and of benchmarks in the cache are recognised by eight words in a row', async () => {
  const datasets = path.join(folder, 'datasets')
  fs.mkdirSync(datasets, { recursive: true })
  const sentence = 'O luns os científicos anunciaron a invención dunha nova ferramenta de diagnóstico.'
  fs.writeFileSync(path.join(datasets, 'Davlan--sib200-glg_Latn-test-0.json'), JSON.stringify([{ text: sentence }]))
  fs.writeFileSync(
    path.join(datasets, 'other--set-glg_Latn-test-0.json'),
    JSON.stringify([{ text: galicianText('a lúa') }]),
  )
  const found: Finding[] = []
  const overlap = await openOverlap(contextWith(found), 8)
  expect(found[0]?.measures).toMatchObject({ 'benchmark-files': 1 })
  expect(overlap(`Lin isto: ${sentence.toLowerCase()} E ti?`)).toMatchObject({ by: 'benchmark' })
  const article = 'Ninguín será obxecto de inxerencias arbitrarias na súa vida privada'
  expect(overlap(article)).toMatchObject({ by: 'benchmark' })
  expect(overlap(galicianText('a lúa'))).toBeUndefined()
  // An article that a run has taken texts from is not measured on.
  const without = await openOverlap(contextWith(), 8, new Set(['12']))
  expect(without(article)).toBeUndefined()
})

test('a teacher that writes the same again and again is named while it is cheap', () => {
  const different = [
    'Como se prepara o caldo galego na casa?',
    'Quen inventou o telescopio, e para que servía?',
    'Teño medo de falar en público. Que fago?',
    'Escríbeme unha nota para o veciño do quinto.',
    'Canto tarda en medrar unha castiñeira?',
  ]
  const collapsed = Array.from(
    { length: 60 },
    (_, place) => `Podes axudarme a escribir unha carta ao banco número ${place}?`,
  )
  expect(diversityOf(different).effective).toBeGreaterThan(0.5)
  expect(diversityOf(collapsed).effective).toBeLessThan(0.1)
  expect(diversityOf(collapsed).distinct2).toBeLessThan(0.2)
  const found: Finding[] = []
  const watch = watchDiversity(contextWith(found), 'The teacher writes messages')
  for (const [place, text] of collapsed.entries()) {
    watch.add(text)
    if (place === 40) expect(found[0]?.sentence).toMatch(/very much alike/)
  }
  watch.end()
  expect(found.filter(({ sentence }) => sentence)).toHaveLength(1)
  expect(found.at(-1)?.measures).toMatchObject({ effective: expect.any(Number) })
})

test('a teacher that is too weak is named with what went wrong', async () => {
  const found: Finding[] = []
  const bad = (place: number): Example => ({
    id: String(place),
    kind: 'topic',
    parents: [],
    requests: [],
    dropped: { by: 'unreadable', reason: 'it holds no JSON' },
  })
  const step: Step = {
    name: 'topics',
    title: 'The teacher divides each topic',
    run: async function* () {
      for (let place = 0; place < 8; place++) yield bad(place)
    },
  }
  await run(watchUsable(step), contextWith(found))
  expect(found[0]?.sentence).toMatch(/8 of 8 could not be used \(unreadable 8\).*too weak for Galician.*--teacher/)
})

const taking = { count: 3, bytes: 160, checks: true, duplicates: 0, contamination: 8 }

test('native texts come from FineWeb-2 on a hub, cut at the end of a sentence, and are remembered', async () => {
  const rows = ['o mar', 'a lúa', 'o pan', 'a neve'].map((topic) => ({ text: galicianText(topic) }))
  const hub = await serveDataSets({ 'HuggingFaceFW/fineweb-2': { glg_Latn: { train: rows } } })
  vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  const texts = await run(nativeTexts({ ...taking, source: 'auto' }))
  await hub.stop()
  expect(texts.filter(({ dropped }) => !dropped)).toHaveLength(3)
  for (const { text = '' } of texts) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(160)
    expect(text).toMatch(/\.$/)
  }
  // The hub is gone, and the same is there.
  expect(await run(nativeTexts({ ...taking, source: 'fineweb' }))).toEqual(texts)
})

test('without a hub every third article of the declaration stands in, and the person is told', async () => {
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9')
  const found: Finding[] = []
  const { cache: _, ...offline } = contextWith(found)
  const texts = await run(nativeTexts({ ...taking, count: 2, bytes: 150, source: 'auto' }), {
    ...offline,
    memory: createMemory(await openStore(path.join(folder, 'empty.db'))),
  })
  expect(texts.filter(({ dropped }) => !dropped).map(({ kind }) => kind)).toEqual(['udhr/12', 'udhr/15'])
  expect(found[0]?.sentence).toMatch(/No texts of FineWeb-2.*Universal Declaration stand in.*--set texts=FOLDER/)
})

test('a folder of texts and JSONL is read in the order of its names', async () => {
  const dir = path.join(folder, 'texts')
  fs.mkdirSync(dir)
  fs.writeFileSync(path.join(dir, 'b.txt'), galicianText('o pan'))
  fs.writeFileSync(path.join(dir, 'a.jsonl'), `${JSON.stringify({ text: galicianText('o mar') })}\n`)
  const texts = await run(nativeTexts({ ...taking, bytes: 1000, source: dir }))
  expect(texts.map(({ text }) => text)).toEqual([galicianText('o mar'), galicianText('o pan')])
  expect(texts.map(({ origin }) => origin)).toEqual(['texts/a.jsonl:1', 'texts/b.txt'])
  await expect(run(nativeTexts({ ...taking, source: path.join(dir, 'none') }))).rejects.toMatchObject({
    code: 'corpus_missing',
    exitCode: 2,
  })
})

const choosing = { count: 10, tokens: 100, duplicates: 0.8, contamination: 8 }
const conversation = [
  { role: 'user', content: 'Why is the sky blue?' },
  { role: 'assistant', content: 'Because air scatters blue light more than red light.' },
] satisfies Message[]

test('English conversations are read from a file, in either form', async () => {
  const file = path.join(folder, 'conversations.jsonl')
  const [question, answer] = conversation as [Message, Message]
  const lines = [
    { messages: [{ role: 'system', content: 'Be kind.' }, ...conversation] },
    {
      conversations: [
        { from: 'human', value: 'Name a colour.' },
        { from: 'gpt', value: 'Green.' },
      ],
    },
    { messages: [question] },
    { messages: [answer, question] },
    { messages: [{ role: 'user', content: 'What is in <image>?' }, answer] },
    { messages: [{ role: 'user', content: 'word '.repeat(200) }, answer] },
    { text: 'no conversation' },
  ]
  fs.writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  const made = await run(chooseInstructions({ ...choosing, source: file }))
  expect(made.filter(({ dropped }) => !dropped).map(({ source }) => source)).toEqual([
    conversation,
    [
      { role: 'user', content: 'Name a colour.' },
      { role: 'assistant', content: 'Green.' },
    ],
  ])
  expect(made.flatMap(({ dropped }) => dropped?.by ?? [])).toEqual(['media', 'too long'])
})

test('and from a hub, by whichever of the two columns it has', async () => {
  const buffer = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: 'messages', data: [conversation], type: 'JSON' }] }),
  )
  const http = await import('node:http')
  const server = http.createServer((request, response) => {
    if (request.url?.startsWith('/api/'))
      return response.end(JSON.stringify([`http://${request.headers.host}/0.parquet`]))
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = from === '' ? buffer.length - Number(to) : Number(from ?? 0)
    const end = from === '' || !to ? buffer.length : Number(to) + 1
    const body = buffer.subarray(start, end)
    response.writeHead(request.headers.range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': body.length,
      ...(request.headers.range && { 'content-range': `bytes ${start}-${end - 1}/${buffer.length}` }),
    })
    return response.end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as { port: number }).port}`)
  const made = await run(chooseInstructions({ ...choosing, source: 'owner/chats' }))
  server.close()
  expect(made.map(({ source }) => source)).toEqual([conversation])
})
