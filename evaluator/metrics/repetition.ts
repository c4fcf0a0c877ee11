import { words } from '../text.ts'

export type Looping = { looping: false } | { looping: true; reason: string }

/** A phrase of at most this many words, … */
const phraseWords = 8
/** … this many times in a row, is a loop: people write "very, very, very", hardly ever four. */
const phraseTimes = 4
/** The same line (of two words or more) this often is a loop: a refrain is rare in an answer. */
const lineTimes = 3
/** Above this share of word trigrams that were there before, a text goes in circles. Prose of some hundred words stays below 0.1, songs and lists below 0.4. */
const duplicateTrigrams = 0.5
/** Trigrams say little about texts shorter than this many words. */
const trigramWords = 30
/** One to eight letters, ten times or more within a word: "jajajajaja…", "aaaaaaaaaa". */
const stutter = /([\p{L}\p{M}]{1,8}?)\1{9,}/u

/**
 * Whether a text repeats itself as small models do when they are stuck: used on training data, so that looping is not taught, and on answers, to measure it.
 *
 * @example isLooping('cunha cunha cunha cunha') // { looping: true, reason: '"cunha" 4 times in a row' }
 */
export function isLooping(text: string): Looping {
  const stuttered = stutter.exec(text)
  if (stuttered) return { looping: true, reason: `the letters "${stuttered[1]}" over and over` }
  const all = words(text).map((word) => word.toLowerCase())
  return (
    repeatedPhrase(all) ??
    repeatedLine(text) ??
    (all.length > trigramWords ? circles(all) : undefined) ?? { looping: false }
  )
}

/** The share of a text's word trigrams that already occurred in it: 0 for text that never repeats three words. */
export function duplicateShare(all: readonly string[]): number {
  const total = all.length - 2
  if (total <= 0) return 0
  const distinct = new Set<string>()
  for (let i = 0; i < total; i++) distinct.add(`${all[i]} ${all[i + 1]} ${all[i + 2]}`)
  return 1 - distinct.size / total
}

function repeatedPhrase(all: readonly string[]): Looping | undefined {
  for (let length = 1; length <= phraseWords; length++) {
    // A phrase of `length` words stands `n` times in a row where each of (n − 1) · length words equals the word `length` further on.
    let run = 0
    for (let i = 0; i + length < all.length; i++) {
      run = all[i] === all[i + length] ? run + 1 : 0
      if (run >= (phraseTimes - 1) * length) {
        const phrase = all.slice(i + 1, i + 1 + length)
        if (phrase.every((word) => /^\d+$/.test(word))) continue
        return { looping: true, reason: `"${phrase.join(' ')}" ${phraseTimes} times in a row` }
      }
    }
  }
  return undefined
}

function repeatedLine(text: string): Looping | undefined {
  const seen = new Map<string, number>()
  for (const line of text.split('\n').map((each) => each.trim().toLowerCase())) {
    if (words(line).length < 2) continue
    const times = (seen.get(line) ?? 0) + 1
    seen.set(line, times)
    if (times >= lineTimes) return { looping: true, reason: `the line "${line.slice(0, 40)}" ${lineTimes} times` }
  }
  return undefined
}

function circles(all: readonly string[]): Looping | undefined {
  const share = duplicateShare(all)
  return share > duplicateTrigrams
    ? { looping: true, reason: `${Math.round(share * 100)} % of its word triples are repeated` }
    : undefined
}
