import { decodeHTMLStrict } from 'entities'

/** Canonical composition (NFC); what is Latin-1 alone is in it already. */
export function composed(text: string): string {
  return /[\u0300-\uffff]/.test(text) ? text.normalize('NFC') : text
}

/** Drops conjoining jamo that composition could not join to a syllable: halves of broken Korean text. */
export function withoutStrayJamo(text: string): string {
  return text.replace(/[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+/g, '')
}

/** `&lt;`, `&#228;`, `&#xe4;` → the characters. Twice, since pages are often escaped twice: `&amp;lt;`. */
export function unescaped(text: string): string {
  if (!/&#?\w+;/.test(text)) return text
  const once = decodeHTMLStrict(text)
  return /&#?\w+;/.test(once) ? decodeHTMLStrict(once) : once
}

/** Runs of one emoticon character are cut to two: emoji, hearts and stars, `!!!!!`, `????`, `~~~~`; in Korean lone letters too (ㅋㅋㅋㅋ, ㅠㅠㅠ). */
export function squeezed(text: string, hangul: boolean): string {
  const found = hangul
    ? /([!?~^♡♥★☆\u3131-\u318e]|\p{Extended_Pictographic})\1{2,}/gu
    : /([!?~^♡♥★☆]|\p{Extended_Pictographic})\1{2,}/gu
  return text.replace(found, '$1$1')
}

/** Controls, soft hyphens and marks of width and direction, but for tab and line feed. Joiners (U+200C, U+200D) are part of Persian and Indic spelling and stay. */
const unseen = /[[\p{Cc}\u00ad\u200b\u200e\u200f\u2028\u2029\u2060\ufeff]--[\n\t]]/v
const unseenAll = new RegExp(unseen, 'gv')

/** One space for a run of blanks, none at either end of a line, at most one empty line, and no control characters. */
export function tidied(text: string): string {
  let tidy = text
  if (unseen.test(tidy)) tidy = tidy.replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n').replace(unseenAll, '')
  if (/[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]| {2}/.test(tidy)) {
    tidy = tidy.replace(
      /[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]{2,}|[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g,
      ' ',
    )
  }
  if (/ \n|\n /.test(tidy)) tidy = tidy.replace(/ ?\n ?/g, '\n')
  return tidy.replace(/\n{3,}/g, '\n\n').trim()
}

/** Comments, scripts, styles and tags out of a text. */
export function withoutMarkup(text: string): string {
  if (!/<[a-z/!]/i.test(text)) return text
  return text
    .replace(/<!--[\s\S]{0,100000}?-->|<(script|style)\b[^>]{0,1000}>[\s\S]{0,100000}?<\/\1\s*>/gi, ' ')
    .replace(/<\/?[a-z][a-z0-9:-]{0,30}(?:\s[^<>]{0,1000})?\/?>|<![a-z][^<>]{0,1000}>/gi, ' ')
}
