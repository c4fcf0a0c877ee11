import { createKinds, kinds, type Rules } from '../tokens.ts'

/**
 * What mteval-v13a, sacreBLEU's Chinese tokeniser and Tercom share for text in European languages: ASCII punctuation stands alone, full stops, commas and
 * dashes depending on the digits beside them. Characters beyond the Basic Multilingual Plane are letters, so halves of pairs are too.
 */
function createWestern({ possessives = false } = {}): Uint8Array {
  const table = createKinds()
  // ! to &, ( to +, / and : to @, [ to `, { to ~: ASCII punctuation but for apostrophe, comma, dash and full stop.
  for (const [first, last] of [
    [0x21, 0x26],
    [0x28, 0x2b],
    [0x2f, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ] as const) {
    table.fill(kinds.mark, first, last + 1)
  }
  table.fill(kinds.digit, 0x30, 0x3a)
  for (const stop of '.,') table[stop.charCodeAt(0)] = kinds.stop
  table[0x2d] = kinds.dash
  if (possessives) table[0x27] = kinds.apostrophe
  return table
}

export const mteval: Rules = { kinds: createWestern(), padded: true }

/** Chinese text is not padded with the spaces that the rules see as its neighbours. */
export const chinese: Rules = { kinds: mteval.kinds, padded: false }

/** Tercom splits off `'s` too. */
export const tercom: Rules = { kinds: createWestern({ possessives: true }), padded: true }
