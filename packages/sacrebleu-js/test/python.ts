import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Python with sacreBLEU, as `npm test` sets it up. */
export const python =
  process.env.ENDONYM_TEST_PYTHON ??
  path.join(process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym'), 'python', 'bin', 'python')

/** Runs a Python program on JSON: it finds `input` and prints what it makes of it with `answer(…)`. Lone surrogates pass both ways. */
export function ask<T>(program: string, input: unknown): T {
  if (!fs.existsSync(python)) throw new Error(`There is no Python at ${python}: run "npm run setup" first.`)
  const frame = `
import json, sys
input = json.load(sys.stdin)
def answer(value):
    print(json.dumps(value))
`
  const { stdout, stderr, status } = spawnSync(python, ['-c', frame + program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as T
}

/** The corpora that are scored: hypotheses, then streams of references. */
export type Corpus = { hypotheses: string[]; references: (string | null)[][] }

/** What sacreBLEU makes of a corpus, and of each of its segments alone. */
export type Expected = {
  score: number
  text: string
  signature: string
  short: string
  sentences: number[]
  statistics: number[][]
}

/** Scores corpora with one of sacreBLEU's metrics, made with these arguments: `('CHRF', 'word_order=2', …)`. */
export function sacrebleu(metric: 'BLEU' | 'CHRF' | 'TER', options: string, corpora: Corpus[]): Expected[] {
  return ask(
    `
import logging
logging.disable(logging.WARNING)
from sacrebleu.metrics import BLEU, CHRF, TER
results = []
for corpus in input:
    metric = ${metric}(${options})
    hypotheses, references = corpus['hypotheses'], corpus['references']
    # TER takes long: the statistics are counted once, and scores computed from them as corpus_score and sentence_score do.
    statistics = metric._extract_corpus_statistics(hypotheses, references)
    score = metric._aggregate_and_compute([list(s) for s in statistics])
    signature = metric.get_signature()
    sentences = [metric._aggregate_and_compute([list(s)]).score for s in statistics]
    results.append({'score': score.score, 'text': score.format(2, False, str(signature)), 'signature': signature.format(),
      'short': signature.format(True), 'sentences': sentences, 'statistics': statistics})
answer(results)
`,
    corpora,
  )
}
