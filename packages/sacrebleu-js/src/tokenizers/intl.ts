import type { Tokenizer } from '../tokenizer.ts'

/** mteval-v14's international tokens: punctuation and symbols of any script stand alone, but for punctuation between digits. */
export const tokenizerIntl: Tokenizer = {
  signature: 'intl',
  tokenize: (segment) =>
    segment
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/\p{S}/gu, ' $& '),
}
