import type { Tokenizer } from '../tokenizer.ts'
import { kinds, type Rules, Tokens } from '../tokens.ts'
import { mteval } from './western.ts'

/** mteval-v13a's tokens, with which WMT's scores are published: BLEU's default. */
export const tokenizer13a: Tokenizer = {
  signature: '13a',
  tokenize: (segment) => write(segment).toString(),
  write,
}

const tokens = new Tokens()
/** `<skipped>`, line feeds and entities are rare: the one look at each character finds whether there may be any. */
const rules: Rules = { ...mteval, kinds: mteval.kinds.slice(), rewrite }
for (const character of '<&\n') rules.kinds[character.charCodeAt(0)] = kinds.special

function write(segment: string): Tokens {
  return tokens.read(segment, rules)
}

function rewrite(segment: string): string {
  let text = segment
  if (text.includes('<skipped>')) text = text.replaceAll('<skipped>', '')
  if (text.includes('\n')) text = text.replaceAll('-\n', '').replaceAll('\n', ' ')
  if (text.includes('&')) text = undoEntities(text)
  return text
}

/** The four entities that mteval knows, one after the other: `&amp;lt;` becomes `<`. */
export function undoEntities(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
}
