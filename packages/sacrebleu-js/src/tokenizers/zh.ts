import { trim } from '../text.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { Tokens } from '../tokens.ts'
import { chinese } from './western.ts'

/** Chinese: each Chinese character is a token, the rest is split as by 13a (without its entities). */
export const tokenizerZh: Tokenizer = {
  signature: 'zh',
  tokenize(segment) {
    let text = ''
    for (const character of trim(segment)) text += isChinese(character) ? ` ${character} ` : character
    return tokens.read(text, chinese).toString()
  },
}

const tokens = new Tokens()

/**
 * sacreBLEU's table. It means extension B (U+20000–U+2A6D6) and the supplement (U+2F800–U+2FA1D), but writes them so that Python reads U+2000 and `0`:
 * what it finds instead is U+2001–U+2A6D and U+2F81–U+2FA1, and scores are published with that.
 */
const ranges = [
  [0x2001, 0x2a6d],
  [0x2e80, 0x303f],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0x31c0, 0x31ef],
  [0x3200, 0x33ff],
  [0x3400, 0x4db5],
  [0x4e00, 0x9fbb],
  [0xf900, 0xfa2d],
  [0xfa30, 0xfa6a],
  [0xfa70, 0xfad9],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe4f],
  [0xff00, 0xffef],
] as const

function isChinese(character: string): boolean {
  const point = character.codePointAt(0) as number
  return point >= 0x2001 && ranges.some(([first, last]) => point >= first && point <= last)
}
