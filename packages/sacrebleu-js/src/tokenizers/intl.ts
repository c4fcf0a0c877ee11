import type { Tokenizer } from '../tokenizer.ts'
import { createKinds, kinds, Tokens } from '../tokens.ts'

/** mteval-v14's international tokens: punctuation and symbols of any script stand alone, but for punctuation between digits. */
export const tokenizerIntl: Tokenizer = {
  signature: 'intl',
  tokenize: (segment) => write(segment).toString(),
  write,
}

const tokens = new Tokens()
/** Kinds are found out when a character is first met: asking a regular expression for each would take three times as long. */
const table = createKinds(kinds.unknown)
const beyond = new Map<string, number>()

function write(segment: string): Tokens {
  return tokens.read(segment, { kinds: table, kindAt })
}

/** The kind of a character that the table does not tell, which it then does; but for surrogates, whose other half decides. */
function kindAt(text: string, place: number): number {
  const point = text.codePointAt(place) as number
  const character = String.fromCodePoint(point)
  if (point <= 0xffff) {
    const kind = kindOf(character)
    if (point < 0xd800 || point > 0xdfff) table[point] = kind
    return kind
  }
  let kind = beyond.get(character)
  if (kind === undefined) {
    kind = kindOf(character)
    beyond.set(character, kind)
  }
  return kind
}

function kindOf(character: string): number {
  if (/\p{N}/u.test(character)) return kinds.digit
  if (/\p{P}/u.test(character)) return kinds.stop
  if (/\p{S}/u.test(character)) return kinds.mark
  return kinds.letter
}
