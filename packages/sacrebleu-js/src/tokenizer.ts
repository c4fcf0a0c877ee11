import type { Tokens } from './tokens.ts'

/** Splits a segment into tokens for BLEU. */
export interface Tokenizer {
  /** What the signature calls it: `13a`, `ja-mecab-0.996-IPA`. */
  readonly signature: string
  /** The segment with white space between its tokens. Its end is already trimmed. */
  tokenize(segment: string): string
  /** The same without making a string of it; valid until the next call. Only for speed. */
  write?(segment: string): Tokens
}
