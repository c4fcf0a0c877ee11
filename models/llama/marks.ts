import type { LlamaModel, Token } from 'node-llama-cpp'
import type { CallForm } from '../call-form.ts'
import { thinkingMarks } from '../thinking.ts'

/**
 * Control tokens that are written out in an answer's text, as others are not: those by which a thought or a call of a function is told from the answer. Some models have a
 * token for `[TOOL_CALLS]` or `[THINK]` that is as much a control token as the end of a turn.
 *
 * @param controls the texts of the model's control tokens.
 */
export function markTokens(
  native: Pick<LlamaModel, 'tokenize'>,
  controls: readonly string[],
  form: CallForm | undefined,
): ReadonlyMap<Token, string> {
  const known = new Set(controls)
  const marks = [...thinkingMarks.flat(), form?.open ?? '', form?.close ?? ''].filter((mark) => known.has(mark))
  return new Map(
    marks.flatMap((mark) => {
      const [token, ...more] = native.tokenize(mark, true)
      return token !== undefined && more.length === 0 ? [[token, mark] as const] : []
    }),
  )
}

/** The text of tokens, marks and all; the text between marks is asked for with the tokens before it. */
export function withMarks(
  tokens: readonly Token[],
  marks: ReadonlyMap<Token, string>,
  textOf: (tokens: readonly Token[], from: number) => string,
): string {
  let text = ''
  let from = 0
  for (const [at, token] of tokens.entries()) {
    const mark = marks.get(token)
    if (mark === undefined) continue
    text += textOf(tokens.slice(from, at), from) + mark
    from = at + 1
  }
  return text + textOf(tokens.slice(from), from)
}
