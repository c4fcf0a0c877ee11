import { kinds, type Model } from './model.ts'

/** What stands for a space in pieces: U+2581. */
const spaceMark = '\u2581'

/** Writes a text as the model wants it: characters replaced by its rules, spaces joined and marked. */
export function createNormalizer(model: Model): (text: string) => string {
  const replace = createReplacer(model)
  const mark = model.escapeWhitespaces ? spaceMark : ' '
  const encoder = new TextEncoder()
  return (text) => {
    const input = encoder.encode(text)
    let place = 0
    if (model.removeExtraWhitespaces) {
      for (; place < input.length; ) {
        const { replaced, length } = replace(input, place)
        if (replaced !== ' ') break
        place += length
      }
    }
    if (place >= input.length) return ''
    let output = model.addDummyPrefix && !model.whitespaceAsSuffix ? mark : ''
    let afterSpace = model.removeExtraWhitespaces
    while (place < input.length) {
      const { replaced, length } = replace(input, place)
      const piece = afterSpace ? replaced.replace(/^ +/u, '') : replaced
      if (piece !== '') {
        output += piece.replaceAll(' ', mark)
        afterSpace = piece.endsWith(' ')
      }
      place += length
      if (!model.removeExtraWhitespaces) afterSpace = false
    }
    if (model.removeExtraWhitespaces) while (output.endsWith(mark)) output = output.slice(0, -mark.length)
    return model.addDummyPrefix && model.whitespaceAsSuffix ? output + mark : output
  }
}

/** The longest beginning that a rule replaces, or a character as it is. User-defined pieces are never replaced. */
function createReplacer({ characterMap, pieces }: Model) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const protectedPieces = pieces
    .filter(({ kind }) => kind === kinds.userDefined)
    .map(({ text }) => ({ text, bytes: new TextEncoder().encode(text) }))
    .toSorted((a, b) => b.bytes.length - a.bytes.length)
  // The length of the trie in bytes, the trie, and then the replacements, each ended by a zero.
  const view = new DataView(characterMap.buffer, characterMap.byteOffset, characterMap.byteLength)
  const size = characterMap.length >= 4 ? view.getUint32(0, true) : 0
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const replacements = characterMap.subarray(4 + size)
  const texts = new Map<number, string>()
  const replacement = (start: number): string => {
    const known = texts.get(start)
    if (known !== undefined) return known
    const text = decoder.decode(replacements.subarray(start, replacements.indexOf(0, start)))
    texts.set(start, text)
    return text
  }

  return (input: Uint8Array, place: number): { replaced: string; length: number } => {
    const kept = protectedPieces.find(({ bytes }) => bytes.every((byte, i) => input[place + i] === byte))
    if (kept) return { replaced: kept.text, length: kept.bytes.length }
    const { value, length } = longest(units, input, place)
    if (length > 0) return { replaced: replacement(value), length }
    const first = input[place] as number
    const width = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    return { replaced: decoder.decode(input.subarray(place, place + width)), length: width }
  }
}

/** The longest key that the bytes begin with, in a double array (Aoe 1989) as darts-clone lays it out: 32 bits with label, offset and whether a value follows. */
function longest(units: Uint32Array, bytes: Uint8Array, start: number): { value: number; length: number } {
  const found = { value: 0, length: 0 }
  if (units.length === 0) return found
  const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6)
  let node = offset(units[0] as number)
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i] as number
    node ^= byte
    const unit = units[node] ?? 0
    // Labels of nodes are below 256; a value has its highest bit set.
    if ((unit & 0x800000ff) >>> 0 !== byte) break
    node ^= offset(unit)
    if ((unit >>> 8) & 1) {
      found.value = (units[node] as number) & 0x7fffffff
      found.length = i + 1 - start
    }
  }
  return found
}
