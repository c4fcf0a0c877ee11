import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../src/cli/main.ts'
import { corpusOf, generator, paragraphs, perturb } from './corpora.ts'
import { python } from './python.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sacrebleu-'))
const command = path.resolve(import.meta.dirname, '../src/cli/bin.ts')
afterAll(() => fs.rmSync(folder, { recursive: true }))

beforeAll(() => {
  const random = generator(3)
  const texts = paragraphs('eng')
    .slice(0, 40)
    .map((text) => text.split(' ').slice(0, 16).join(' '))
  const write = (name: string, lines: string[]) => fs.writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`)
  const systems = [0.3, 0.31, 0.6].map((amount) => texts.map((text) => perturb(text, random, amount)))
  const second = texts.map((text) => perturb(text, random, 0.1))
  write('ref', texts)
  write('ref-2', second)
  write(
    'refs.tsv',
    texts.map((text, i) => `${text}\t${second[i]}`),
  )
  write('one', systems[0] as string[])
  write('two & 50%', systems[1] as string[])
  write('três', systems[2] as string[])
  write(
    'stdin.tsv',
    texts.map((_, i) => systems.map((system) => system[i]).join('\t')),
  )
  write('zh', corpusOf('cmn_hans', { segments: 40 }).hypotheses)
  write('zh-ref', corpusOf('cmn_hans', { segments: 40 }).references[0] as string[])
  fs.writeFileSync(path.join(folder, 'one.gz'), gzipSync(fs.readFileSync(path.join(folder, 'one'))))
  fs.writeFileSync(path.join(folder, 'latin1'), Buffer.from(texts.map((text) => `é ${text}`).join('\r\n'), 'latin1'))
  fs.writeFileSync(path.join(folder, 'short'), 'one line\n')
})

type Run = { stdout: string; stderr: string; status: number | null }

function run(program: string, args: string[], { stdin, ...environment }: Record<string, string> = {}): Run {
  const { SACREBLEU_FORMAT: _, SACREBLEU_SEED: __, ...clean } = process.env
  const input = stdin === undefined ? '' : fs.readFileSync(path.join(folder, stdin))
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...clean, PYTHONIOENCODING: 'utf-8', SACREBLEU_PYTHON: python, ...environment },
  })
  return { stdout, stderr, status }
}

const ours = (args: string[], environment?: Record<string, string>) =>
  run(process.execPath, [command, ...args], environment)
const theirs = (args: string[], environment?: Record<string, string>) =>
  run(python, ['-m', 'sacrebleu', ...args], environment)

const commandLines: [string, Record<string, string>?][] = [
  ['ref -i one'],
  ['ref -i one -m bleu chrf ter'],
  ['ref -i one -m bleu chrf ter -f text'],
  ['ref -i one.gz -m ter chrf -w 4 -b'],
  ['ref -i one -m chrf --chrf-word-order 2 -f text --short -b'],
  ['ref ref-2 -i one -m bleu chrf -cw 2 -cc 5 --chrf-beta 3 --chrf-whitespace -f text -sh'],
  ['refs.tsv -nr 2 -i one -m bleu ter chrf --chrf-eps-smoothing --chrf-lowercase -w 0'],
  ['ref -i one -m bleu -tok intl -lc -s floor -sv 0.01 -w 6'],
  ['ref -i one --metrics bleu --tok char --smooth-method=add-k -w3'],
  ['ref -i one -m ter --ter-normalized --ter-no-punct --ter-case-sensitive --ter-asian-support -f text'],
  ['zh-ref -i zh -l en-zh -m bleu'],
  ['ref -i one -sl -w 5'],
  ['ref -i one -sl -m chrf -b'],
  ['ref -i one -sl -m ter -sh'],
  ['ref -i one -m bleu chrf ter --confidence -cin 200 -w 3'],
  ['ref -i one -m bleu chrf -ci -f text -q', { SACREBLEU_SEED: '99' }],
  ['ref -i one -m bleu -ci -cin 100 -b -f text'],
  ['ref -i latin1 -e latin1 -m bleu chrf'],
  ['ref', { stdin: 'one' }],
  ['ref -m chrf bleu', { stdin: 'stdin.tsv', SACREBLEU_FORMAT: 'TEXT' }],
  ['ref -m bleu chrf ter -f json', { stdin: 'stdin.tsv' }],
  ['ref -f text --paired-bs -pbsn 50', { stdin: 'stdin.tsv' }],
  ['ref -i one|two & 50%|três -f json -m bleu chrf'],
  ['ref -i one|two & 50%|três -f text -m bleu chrf ter -w 3'],
  ['ref -i one|two & 50%|três -f latex -m bleu chrf'],
  ['ref -i one|two & 50%|três|one -f text -m bleu chrf ter -par -parn 300'],
  ['ref -i one|two & 50%|três -f latex -m bleu chrf -pbs -pbsn 200 -sh'],
  ['ref -i one|two & 50%|três -f json -m bleu -pbs -pbsn 100'],
  ['ref -i one|três -f json -m bleu chrf ter -par -parn 100 -w 3'],
]

/** Split at spaces outside names of files; `|` separates those. */
const words = (line: string) =>
  line
    .replace('two & 50%', 'two_')
    .split(/[ |]/u)
    .map((word) => (word === 'two_' ? 'two & 50%' : word))

/** A paired test's JSON has all digits of a number, and the last of them are the machine's logarithms'. */
const toNineDecimals = (output: string) => output.replaceAll(/\d+\.\d{10,}/gu, (number) => Number(number).toFixed(9))

describe('the command', () => {
  it.each(commandLines)('prints what sacreBLEU’s prints: %s', (line, environment) => {
    const wanted = theirs(words(line), environment)
    const found = ours(words(line), environment)
    expect(wanted.status, wanted.stderr).toBe(0)
    expect(found.stderr.split('\n').filter((text) => !text.startsWith('sacreBLEU: '))).toEqual([''])
    expect(toNineDecimals(found.stdout)).toBe(toNineDecimals(wanted.stdout))
    expect(found.status).toBe(0)
  })

  it('writes 32-bit numbers in the JSON of a paired test, where sacreBLEU with numpy 2 fails', () => {
    const [baseline] = JSON.parse(ours(words('ref -i one|três -m chrf -pbs -pbsn 20')).stdout)
    expect(Object.keys(baseline.chrF2)).toEqual(['score', 'p_value', 'mean', 'ci'])
  })

  const wrong: [string, number, string, Record<string, string>?][] = [
    ['', 1, 'There are no references: name their files before -i'],
    ['-t wmt14 -l en-de', 1, '--test-set needs sacreBLEU’s test sets'],
    ['ref -i one --echo src ref', 1, '--echo needs sacreBLEU’s test sets'],
    ['ref -i one --detail', 1, '--detail needs sacreBLEU’s test sets'],
    ['ref -i short', 1, 'short has 1, a reference has 40'],
    ['ref -i none', 1, 'none cannot be read'],
    ['ref -i one -m comet', 2, '--metrics takes one of bleu, chrf, ter, not "comet"'],
    ['ref -i one -w two', 2, '--width takes a whole number, not "two"'],
    ['ref -i one --width', 2, '--width needs a value'],
    ['ref -i one --pineapple', 2, '--pineapple'],
    ['ref -i one --paired', 2, '--paired may be --paired-ar or --paired-bs'],
    ['ref -i one -tok moses', 2, '--tokenize takes one of 13a'],
    ['ref -i one -pbs', 1, 'A paired test compares systems'],
    ['ref -i one|três -ci', 1, '--confidence is for one system'],
    ['ref -i one|três -sl', 1, 'Only one system can be evaluated in sentence-level mode'],
    ['ref -i one -sl -ci', 1, 'Statistical tests are unavailable in sentence-level mode'],
    ['ref -nr 2 -i one', 17, 'FATAL: line 1: expected 2 fields, but found 1'],
    ['ref -i latin1', 1, 'latin1 is not encoded in utf-8'],
    ['ref -i one -e klingon', 1, 'There is no encoding "klingon"'],
    ['ref -i one -tok flores200', 1, 'name the file with --spm-model', { SACREBLEU: '/nowhere' }],
    ['ref -i one -tok ja-mecab', 1, 'pip install sacrebleu[ja]', { SACREBLEU_PYTHON: 'no-such-python' }],
    ['ref -i one -ci', 1, 'SACREBLEU_SEED is a whole number or "none", not "x"', { SACREBLEU_SEED: 'x' }],
  ]
  it.each(wrong)('says what is wrong: %s', (line, status, sentence, environment) => {
    const argv = words(line)
      .filter(Boolean)
      .map((word) => (fs.existsSync(path.join(folder, word)) ? path.join(folder, word) : word))
    let [printed, reported] = ['', '']
    const found = main({
      argv,
      environment: { ...process.env, ...environment },
      isTerminal: false,
      print: (text) => {
        printed += text
      },
      report: (text) => {
        reported += text
      },
    })
    expect(reported).toContain(sentence.replaceAll('’', "'"))
    expect(printed).toBe('')
    expect(found).toBe(status)
  })

  it('scores with a SentencePiece model as sacreBLEU does with the same one', () => {
    const home = path.join(folder, 'sacrebleu-home')
    fs.mkdirSync(path.join(home, 'models'), { recursive: true })
    const train = `import sentencepiece; sentencepiece.SentencePieceTrainer.train(input='ref', model_prefix='pieces', vocab_size=400, hard_vocab_limit=False, minloglevel=2)`
    expect(run(python, ['-c', train]).status).toBe(0)
    fs.copyFileSync(path.join(folder, 'pieces.model'), path.join(home, 'models', 'flores200sacrebleuspm'))
    const args = ['ref', '-i', 'one', '-tok', 'flores200', '-w', '4']
    const wanted = theirs(args, { SACREBLEU: home })
    expect(wanted.status, wanted.stderr).toBe(0)
    expect(ours(args, { SACREBLEU: home }).stdout).toBe(wanted.stdout)
    expect(ours([...args, '--spm-model', 'pieces.model'], { SACREBLEU: '/nowhere' }).stdout).toBe(wanted.stdout)
  })

  const segmenters: [string, string, string][] = [
    ['ja-mecab', 'MeCab, ipadic', 'jpn'],
    ['ko-mecab', 'mecab_ko, mecab_ko_dic', 'kor'],
  ]
  for (const [name, modules, code] of segmenters) {
    // MeCab is an extra of sacreBLEU's too: half a gigabyte of dictionaries that most do without.
    const installed = run(python, ['-c', `import ${modules}`]).status === 0
    it.skipIf(!installed)(`scores with ${name} as sacreBLEU does`, () => {
      const corpus = corpusOf(code, { segments: 20 })
      fs.writeFileSync(path.join(folder, `${code}-ref`), `${corpus.references[0]?.join('\n')}\n`)
      fs.writeFileSync(path.join(folder, code), `${corpus.hypotheses.join('\n')}\n`)
      const args = [`${code}-ref`, '-i', code, '-l', `en-${name.slice(0, 2)}`, '-w', '4', '-lc']
      const wanted = theirs(args)
      expect(wanted.status, wanted.stderr).toBe(0)
      expect(ours(args).stdout).toBe(wanted.stdout)
    })
  }
})
