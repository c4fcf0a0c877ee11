import fs from 'node:fs'
import { EndonymError, messageOf } from '../../../core/error.ts'

/**
 * Reads a list that a person wrote: one entry a line, empty lines and lines that begin with `#` left out.
 *
 * @throws EndonymError `list_unreadable`
 */
export function readList(file: string): string[] {
  try {
    const lines = fs.readFileSync(file, 'utf8').normalize('NFC').split(/\r?\n/)
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  } catch (cause) {
    throw new EndonymError('list_unreadable', `The list ${file} cannot be read: ${messageOf(cause)}.`, {
      exitCode: 2,
      cause,
    })
  }
}

/**
 * Finds the first bad word of a text. An entry is a word or a phrase as a whole; with a star behind it, a word's beginning, as languages that write endings to the word need (`욕*`).
 *
 * @returns undefined where the list is empty
 */
export function badWordFinder(entries: readonly string[]): ((text: string) => string | undefined) | undefined {
  if (entries.length === 0) return undefined
  const alternatives = [...entries]
    .sort((a, b) => b.length - a.length)
    .map((entry) => (entry.endsWith('*') ? quoted(entry.slice(0, -1)) : `${quoted(entry)}(?![\\p{L}\\p{M}\\p{N}])`))
  const pattern = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${alternatives.join('|')})`, 'iu')
  return (text) => pattern.exec(text)?.[0]
}

/** Cuts phrases out of a text, wherever they stand. Undefined where the list is empty. */
export function phraseCutter(entries: readonly string[]): ((text: string, count: () => void) => string) | undefined {
  if (entries.length === 0) return undefined
  const longestFirst = [...entries].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(quoted).join('|'), 'giu')
  return (text, count) =>
    text.replace(pattern, () => {
      count()
      return ''
    })
}

const quoted = (entry: string) => entry.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
