import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../core/random.ts'
import { sum } from '../../evaluator/metrics/bootstrap.ts'
import { chrf, chrfCounts } from '../../evaluator/metrics/chrf.ts'

/** Python's sacreBLEU, in the environment that Endonym trains in. */
const python =
  process.env.ENDONYM_TEST_PYTHON ??
  path.join(process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym'), 'python', 'bin', 'python')

const program = `
import json, sys
from sacrebleu.metrics import CHRF
cases = json.load(sys.stdin)
metric = CHRF(word_order=2)
print(json.dumps([metric.corpus_score([h for h, r in case], [[r for h, r in case]]).score for case in cases]))
`

function sacrebleu(cases: [string, string][][]): number[] {
  if (!fs.existsSync(python)) throw new Error(`There is no Python at ${python}: run "npm run setup" first.`)
  const { stdout, stderr, status } = spawnSync(python, ['-c', program], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const score = (pairs: [string, string][]) => chrf(sum(pairs.map(([h, r]) => chrfCounts(h, r))))

const scripts: [string, string][] = [
  ['O gato dorme na casa.', 'O gato durme na súa casa.'],
  ['Всі люди народжуються вільними', 'Всі люди народжуються вільними і рівними'],
  ['ሁሉም ሰዎች ነጻ ናቸው።', 'የሰው፡ልጅ፡ሁሉ፡ሲወለድ፡ነጻ'],
  ['人人生而自由', '人人生而自由,在尊严和权利上一律平等。'],
  ['모든 인간은 자유롭다', '모든 인간은 태어날 때부터 자유로우며'],
  ['يولد جميع الناس أحرارا', 'يولد جميع الناس أحرارًا متساوين'],
  ['སྐྱེས་ཙམ་', 'འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་'],
  ['मनुष्यों को', 'सभी मनुष्यों को गौरव'],
  ['มนุษย์ทั้งหลาย', 'มนุษย์ทั้งหลายเกิดมามีอิสระ'],
]
const oddities: [string, string][] = [
  ['', ''],
  ['', 'something'],
  ['something', ''],
  ['a', 'a'],
  ['👩‍👩‍👧‍👦 family 😀😀', '👩‍👩‍👧 family 😀'],
  ['e\u0301te\u0301 caf\u00e9', '\u00e9t\u00e9 cafe\u0301'],
  ['(hi) "there," ...!?', '(hi) there, ...'],
  ['non\u00a0breaking\u2009thin\u3000wide\u0085next\u001cfile', 'non breaking thin wide next file'],
  ['\ufeffmark \u200bzero\u200bwidth', 'mark zerowidth'],
  ['𐐀𐐁 !𐐂! .', '𐐀𐐁 𐐂 . !'],
  ['one\ntwo\r\nthree\u2028four', 'one two three four'],
  ["' '' '''", "''' '' '"],
  ['   ', ' x '],
]

describe('chrF++', () => {
  it('gives what Python’s sacreBLEU gives, sentence by sentence and for a corpus, in any script', () => {
    const random = createRandom('chrf')
    const pieces = [...' aeiouáñß\u0301.,!(-\u00a0', '한', '中', 'ш', 'ا', '😀', 'ক', '\n']
    const text = () => Array.from({ length: random.int(40) }, () => random.pick(pieces)).join('')
    const noise = Array.from({ length: 200 }, (): [string, string] => {
      const one = text()
      return [one, random.int(2) ? text() : one.slice(random.int(5)) + text().slice(0, 5)]
    })
    const cases = [scripts, oddities, noise, ...[...scripts, ...oddities, ...noise].map((pair) => [pair])]
    const expected = sacrebleu(cases)
    cases.forEach((pairs, i) => {
      expect(Math.abs(score(pairs) - (expected[i] as number)), JSON.stringify(pairs.slice(0, 1))).toBeLessThan(1e-9)
    })
  }, 60_000)

  it('is 100 for the same text and 0 where nothing matches', () => {
    expect(score([['O can come.', 'O can come.']])).toBeCloseTo(100, 10)
    expect(score([['xyz', 'abc']])).toBe(0)
  })
})
