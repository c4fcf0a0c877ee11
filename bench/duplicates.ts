import { createRandom } from '../core/random.ts'
import { englishSentences } from '../data/questions.ts'
import { words } from '../evaluator/text.ts'
import { createNearDuplicates } from '../trainer/steps/near-duplicates.ts'
import type { BenchContext, Comparison } from './run.ts'

const rows = 1_000_000
const sample = 3000
const threshold = 0.8

/**
 * Near-duplicates among a million short rows: time, the memory that finding them takes, and, on a sample that is compared pair by pair as well, recall and precision against the exact Jaccard
 * similarity of its word trigrams.
 */
export async function duplicates(_: BenchContext): Promise<Comparison[]> {
  const make = rowMaker()
  const before = process.memoryUsage().rss
  const seen = createNearDuplicates(threshold)
  let found = 0
  for (let i = 0; i < rows; i++) if (seen(make(i), String(i)) !== undefined) found++
  const memory = process.memoryUsage().rss - before
  // Making the rows takes longer than looking at them, so that some are made beforehand to be timed.
  const timed = Array.from({ length: rows / 20 }, (_, i) => make(i))
  const started = process.cpuUsage()
  const anew = createNearDuplicates(threshold)
  for (const [i, text] of timed.entries()) anew(text, String(i))
  const seconds = process.cpuUsage(started).user / 1e6
  const { recall, precision } = agreement(Array.from({ length: sample }, (_, i) => make(i)))
  return [
    {
      what: `near-duplicates among ${rows.toLocaleString('en')} rows, of them ${found.toLocaleString('en')}`,
      ours: timed.length / seconds,
      unit: 'rows/s',
    },
    { what: 'the memory of it (less than 1 GB is promised)', ours: memory / 1e9, unit: 'GB' },
    { what: `recall against exact Jaccard, ${sample} rows`, ours: recall * 100, peer: 100, unit: '%', least: 0.99 },
    { what: 'precision', ours: precision * 100, peer: 100, unit: '%', least: 0.99 },
  ]
}

/** Sentences, each put together of the halves of two and with some words exchanged; every fifth is one of before with up to four words exchanged. */
function rowMaker(): (index: number) => string {
  const sentences = englishSentences().map(({ text }) => text.split(' '))
  const vocabulary = sentences.flat()
  const fresh = (index: number): string[] => {
    const random = createRandom(`row ${index}`)
    const [first, second] = [random.pick(sentences), random.pick(sentences)]
    return exchange([...first.slice(0, first.length / 2), ...second, ...first.slice(first.length / 2)], 6, random)
  }
  const exchange = (text: string[], most: number, random: ReturnType<typeof createRandom>): string[] => {
    const changed = [...text]
    for (let n = random.int(most + 1); n > 0; n--) changed[random.int(changed.length)] = random.pick(vocabulary)
    return changed
  }
  return (index) => {
    if (index % 5 !== 4) return fresh(index).join(' ')
    const random = createRandom(`copy ${index}`)
    return exchange(fresh(random.int(index / 5) * 5), 4, random).join(' ')
  }
}

/** What is found, against what comparing every pair finds: of the rows that have an earlier one as near, those found; and of those found, those whose row is as near. */
function agreement(texts: readonly string[]): { recall: number; precision: number } {
  const shingles = texts.map((text) => {
    const all = words(text.toLowerCase())
    return new Set(Array.from({ length: Math.max(1, all.length - 2) }, (_, i) => all.slice(i, i + 3).join(' ')))
  })
  const jaccard = (a: number, b: number) => {
    const [left, right] = [shingles[a] ?? new Set(), shingles[b] ?? new Set()]
    const common = left.intersection(right).size
    return common / (left.size + right.size - common)
  }
  const seen = createNearDuplicates(threshold)
  const kept: number[] = []
  let [near, foundNear, found, right] = [0, 0, 0, 0]
  for (const [i, text] of texts.entries()) {
    const exact = kept.some((other) => jaccard(i, other) >= threshold)
    const original = seen(text, String(i))
    if (exact) near++
    if (exact && original !== undefined) foundNear++
    if (original === undefined) kept.push(i)
    else {
      found++
      if (jaccard(i, Number(original)) >= threshold) right++
    }
  }
  return { recall: foundNear / near, precision: right / found }
}
