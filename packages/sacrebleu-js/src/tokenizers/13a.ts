import type { Tokenizer } from '../tokenizer.ts'
import type { Units } from '../units.ts'
import { separatePunctuation } from './western.ts'

/** mteval-v13a's tokens, with which WMT's scores are published: BLEU's default. */
export const tokenizer13a: Tokenizer = {
  signature: '13a',
  tokenize: (segment) => write(segment).toString(),
  write,
}

function write(segment: string): Units {
  let text = segment
  if (text.includes('<skipped>')) text = text.replaceAll('<skipped>', '')
  if (text.includes('\n')) text = text.replaceAll('-\n', '').replaceAll('\n', ' ')
  if (text.includes('&')) text = undoEntities(text)
  return separatePunctuation(text)
}

/** The four entities that mteval knows, one after the other: `&amp;lt;` becomes `<`. */
export function undoEntities(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
}
