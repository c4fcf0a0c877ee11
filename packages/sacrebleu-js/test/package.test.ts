import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sacrebleu-js-'))
const installed = path.join(folder, 'node_modules', 'sacrebleu-js')

function run(program: string, args: string[], cwd = folder): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

beforeAll(() => {
  // Another test may be compiling too, and a package that is already there must not hide what packing leaves out.
  fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true })
  run('npm', ['pack', '--offline', '--pack-destination', folder], root)
  fs.mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', path.join(folder, 'sacrebleu-js-0.1.0.tgz'), '--strip-components=1', '-C', installed])
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

it('has what it needs and no more', () => {
  const files = fs.readdirSync(installed, { recursive: true, encoding: 'utf8' })
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']),
  )
  expect(files.filter((file) => /(^|\/)(src|test|bench)(\/|$)|(?<!\.d)\.ts$/u.test(file))).toEqual([])
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    expect(fs.readFileSync(path.join(installed, file), 'utf8'), file).not.toMatch(/from '[^']+\.ts'/u)
  }
})

/** Everything that a module imports, and what that imports. */
function reached(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, target = ''] of fs.readFileSync(file, 'utf8').matchAll(/from '([^']+)'/gu)) {
    if (target.startsWith('.')) reached(path.resolve(path.dirname(file), target), found)
    else found.add(target)
  }
  return found
}

it.each(['index.js', 'sentencepiece/index.js'])('runs in browsers: dist/%s needs nothing of Node', (entry) => {
  const all = [...reached(path.join(installed, 'dist', entry))]
  expect(all.length).toBeGreaterThan(4)
  expect(all.filter((name) => !name.startsWith(installed))).toEqual([])
  for (const file of all) expect(fs.readFileSync(file, 'utf8')).not.toMatch(/\b(process|Buffer|require)\b[.(]/u)
})

it('can be imported, and its command run, by plain Node', () => {
  fs.writeFileSync(
    path.join(folder, 'use.mjs'),
    `import { corpusScore, createBleu } from 'sacrebleu-js'
import { createSentencePiece } from 'sacrebleu-js/sentencepiece'
console.log(corpusScore(createBleu(), ['the cat sat on a mat'], [['the cat sat on the mat']]).value.toFixed(4), typeof createSentencePiece)
`,
  )
  const node = ['--no-experimental-strip-types', 'use.mjs']
  expect(run(process.execPath, node)).toBe('53.7285 function\n')
  fs.writeFileSync(path.join(folder, 'ref'), 'the cat sat on the mat\n')
  fs.writeFileSync(path.join(folder, 'hyp'), 'the cat sat on a mat\n')
  const { bin } = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'))
  const command = path.join(installed, bin['sacrebleu-js'])
  expect(run(process.execPath, [command, 'ref', '-i', 'hyp', '-b', '-w', '4'])).toBe('53.7285\n')
})

it('has a README whose examples run', () => {
  const readme = fs.readFileSync(path.join(installed, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/```js\n(.*?)```/gsu)].map(([, code = '']) => code)
  expect(examples.length).toBe(3)
  for (const [i, code] of examples.entries()) {
    fs.writeFileSync(path.join(folder, `example-${i}.mjs`), code)
    const shown = [...code.matchAll(/\/\/ → (.*)/gu)].map(([, text]) => text)
    expect(
      run(process.execPath, [`example-${i}.mjs`])
        .trim()
        .split('\n'),
    ).toEqual(shown)
  }
})
