import { Tokens } from '../tokens.ts'
import { undoEntities } from './13a.ts'
import { tercom } from './western.ts'

export type TercomOptions = {
  /** Undoes XML's entities and separates punctuation. */
  normalized?: boolean
  /** Removes punctuation. */
  noPunctuation?: boolean
  /** With `normalized`, splits Chinese characters from each other; with `noPunctuation`, removes Chinese and Japanese punctuation too. */
  asianSupport?: boolean
  caseSensitive?: boolean
}

const asianPunctuation = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/gu
const fullWidthPunctuation = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/gu

/** Tercom's normaliser, as sacreBLEU has it: a segment becomes its words with white space between them. */
export function createTercom({
  normalized = false,
  noPunctuation = false,
  asianSupport = false,
  caseSensitive = false,
}: TercomOptions = {}): (segment: string) => string {
  return (segment) => {
    if (segment === '') return ''
    let text = caseSensitive ? segment : segment.toLowerCase()
    if (normalized) {
      text = normalize(text)
      if (asianSupport) text = separateAsian(text)
    }
    if (noPunctuation) {
      text = text.replaceAll(/[.,?:;!"()]/gu, '')
      if (asianSupport) text = text.replaceAll(asianPunctuation, '').replaceAll(fullWidthPunctuation, '')
    }
    return text
  }
}

const tokens = new Tokens()

/** Tercom looks for the possessive between two of 13a's passes; since a space follows every segment, ` 's` at its end needs no rule. */
function normalize(segment: string): string {
  const text = undoEntities(segment.replaceAll('\n-', '').replaceAll('\n', ' '))
  return tokens.read(text, tercom).toString()
}

/**
 * Spaces around what Tercom takes for Chinese characters. Its rules for Japanese kana look for the segment's beginning, which is always a space here, so
 * they never apply; and the last range, meant for U+3200–U+32FF, reaches to U+3F22 in sacreBLEU.
 */
function separateAsian(text: string): string {
  return text
    .replaceAll(/[\u4e00-\u9fff\u3400-\u4dbf]/gu, ' $& ')
    .replaceAll(/[\u31c0-\u31ef\u2e80-\u2eff]/gu, ' $& ')
    .replaceAll(/[\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f]/gu, ' $& ')
    .replaceAll(/[\u3200-\u3f22]/gu, ' $& ')
    .replaceAll(asianPunctuation, ' $& ')
    .replaceAll(fullWidthPunctuation, ' $& ')
}
