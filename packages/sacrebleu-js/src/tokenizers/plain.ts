import type { Tokenizer } from '../tokenizer.ts'

/** Each character (code point) is a token. */
export const tokenizerChar: Tokenizer = { signature: 'char', tokenize: (segment) => [...segment].join(' ') }

/** White space alone separates tokens: for text that is already tokenised. */
export const tokenizerNone: Tokenizer = { signature: 'none', tokenize: (segment) => segment }
