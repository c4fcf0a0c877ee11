/**
 * Measures this package against Python's sacreBLEU: each metric on the same corpus, each in a process of its own on one core, one after the other.
 * The package runs as it is published, compiled. Times are of scoring alone, with files read and programs started; memory is the process's peak.
 *
 * node packages/sacrebleu-js/bench/run.ts [segments] — Python is the one in ENDONYM_TEST_PYTHON, or the one of Endonym's home.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { generator, paragraphs, perturb } from '../test/corpora.ts'
import { python } from '../test/python.ts'

const segments = Number(process.argv[2] ?? 10_000)
const languages = ['eng', 'glg', 'rus', 'cmn_hans', 'arb', 'hin', 'fin', 'tha', 'deu_1996', 'swh']
const metrics = [
  { name: 'BLEU', python: 'BLEU()', ours: 'createBleu()' },
  { name: 'BLEU, intl', python: "BLEU(tokenize='intl')", ours: "createBleu({ tokenizer: 'intl' })" },
  { name: 'chrF', python: 'CHRF()', ours: 'createChrf()' },
  { name: 'chrF++', python: 'CHRF(word_order=2)', ours: 'createChrf({ wordOrder: 2 })' },
  { name: 'TER', python: 'TER()', ours: 'createTer()' },
]

type Result = { score: number; seconds: number; peak: number }

/** Sentences of the Universal Declaration, put together anew, with perturbed ones as hypotheses. */
function corpus(): { hypotheses: string[]; references: string[] } {
  const random = generator(1)
  const texts = languages.map((code) => paragraphs(code).filter((text) => text.length > 40))
  const references = Array.from({ length: segments }, (_, i) => {
    const own = texts[i % texts.length] as string[]
    const pick = () => (own[Math.floor(random() * own.length)] as string).split(' ')
    const [one, other] = [pick(), pick()]
    // Half of each, so that segments differ, and a length as of a newspaper's sentences.
    return [...one.slice(0, 4 + random() * 14), ...other.slice(-(2 + random() * 10))].join(' ').slice(0, 300)
  })
  return { hypotheses: references.map((text) => perturb(text, random)), references }
}

function measure(program: string, args: string[]): Result {
  // One core, where the system can say so.
  const pinned = fs.existsSync('/usr/bin/taskset') ? ['taskset', '-c', '0', program] : [program]
  const [first = '', ...rest] = [...pinned, ...args]
  const { stdout, stderr, status } = spawnSync(first, rest, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Result
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sacrebleu-bench-'))
try {
  const made = corpus()
  for (const [name, lines] of Object.entries(made)) fs.writeFileSync(path.join(folder, name), lines.join('\n'))
  const build = spawnSync('tsc', [
    '--project',
    path.resolve(import.meta.dirname, '../tsconfig.build.json'),
    '--outDir',
    folder,
  ])
  if (build.status !== 0) throw new Error(`The package does not compile: ${build.stdout}`)
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  const characters = made.references.reduce((sum, text) => sum + [...text].length, 0)
  console.log(
    `${segments} segments in ${languages.length} languages, ${(characters / segments).toFixed(0)} characters each\n`,
  )
  console.log('| metric | Python | sacrebleu-js | times faster | Python’s peak | sacrebleu-js’s peak |')
  console.log('|---|---:|---:|---:|---:|---:|')
  for (const metric of metrics) {
    const theirs = measure(python, [
      '-c',
      `
import json, resource, sys, time
from sacrebleu.metrics import BLEU, CHRF, TER
hypotheses, references = [open(${JSON.stringify(folder)} + name, encoding='utf-8').read().split('\\n') for name in ['/hypotheses', '/references']]
metric = ${metric.python}
start = time.perf_counter()
score = metric.corpus_score(hypotheses, [references]).score
seconds = time.perf_counter() - start
print(json.dumps({'score': score, 'seconds': seconds, 'peak': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
`,
    ])
    const index = JSON.stringify(path.join(folder, 'index.js'))
    const ours = measure(process.execPath, [
      '--input-type=module',
      '-e',
      `
import fs from 'node:fs'
import { corpusScore, createBleu, createChrf, createTer } from ${index}
const [hypotheses, references] = ['/hypotheses', '/references'].map((name) => fs.readFileSync(${JSON.stringify(folder)} + name, 'utf8').split('\\n'))
const start = performance.now()
const score = corpusScore(${metric.ours}, hypotheses, [references]).value
const seconds = (performance.now() - start) / 1000
console.log(JSON.stringify({ score, seconds, peak: process.resourceUsage().maxRSS / 1024 }))
`,
    ])
    if (Math.abs(ours.score - theirs.score) > 1e-9)
      throw new Error(`${metric.name}: ${ours.score} is not ${theirs.score}.`)
    const row = [
      metric.name,
      `${theirs.seconds.toFixed(2)} s`,
      `${ours.seconds.toFixed(2)} s`,
      (theirs.seconds / ours.seconds).toFixed(1),
      `${theirs.peak.toFixed(0)} MB`,
      `${ours.peak.toFixed(0)} MB`,
    ]
    console.log(`| ${row.join(' | ')} |`)
  }
} finally {
  fs.rmSync(folder, { recursive: true })
}
