import { createExample, type Example } from '../example.ts'
import type { Step } from '../step.ts'

export type MixOptions = {
  /** Tokens of training data, prompts and chat template included. */
  tokens: number
  /** The share of the tokens that each kind of row gets; they need not sum to 1. What a kind cannot fill goes to the others. */
  shares: Readonly<Record<string, number>>
  /** Rows with more tokens than this are dropped: training would cut them. */
  length: number
  /** The share of the kept rows that is held out, to watch the loss on. */
  heldOut: number
}

/**
 * Chooses the rows that are trained on: from each kind its share of the tokens, in random order, near-copies of a question once, and some held out (kind `valid`).
 */
export function mix(options: MixOptions): Step {
  return {
    name: 'mix',
    title: 'Rows are mixed within the budget of tokens',
    run: async function* (input, context) {
      const random = context.random.fork('mix')
      const byKind = new Map<string, { example: Example; tokens: number }[]>()
      let counted = 0
      for await (const example of input) {
        const tokens = await context.countTokens([...(example.prompt ?? []), ...(example.completion ?? [])])
        context.progress({ stage: 'mix', done: ++counted, unit: 'rows' })
        if (tokens > options.length) {
          yield { ...example, dropped: { by: 'too long', reason: `${tokens} tokens, of at most ${options.length}` } }
          continue
        }
        const rows = byKind.get(example.kind)
        if (rows) rows.push({ example, tokens })
        else byKind.set(example.kind, [{ example, tokens }])
      }
      const chosen: Example[] = []
      const leftOver: Example[] = []
      let left = options.tokens
      // The kind that can fill the least of its share goes first, so that what it leaves is known when the others take theirs.
      const kinds = [...byKind].map(([kind, rows]) => ({
        rows: random.fork(kind).shuffle(rows),
        share: options.shares[kind] ?? 0,
        available: rows.reduce((sum, { tokens }) => sum + tokens, 0),
      }))
      kinds.sort((a, b) => a.available / a.share - b.available / b.share)
      let shares = kinds.reduce((sum, { share }) => sum + share, 0)
      for (const { rows, share } of kinds) {
        let budget = shares === 0 ? 0 : (left * share) / shares
        shares -= share
        for (const { example, tokens } of rows) {
          if (tokens > budget) leftOver.push(example)
          else {
            chosen.push(example)
            budget -= tokens
            left -= tokens
          }
        }
      }
      for (const example of leftOver)
        yield { ...example, dropped: { by: 'budget', reason: `the mix holds ${options.tokens} tokens` } }
      const shuffled = random.shuffle(chosen)
      const heldOut = Math.max(1, Math.round(shuffled.length * options.heldOut))
      for (const [index, { prompt = [], completion = [], kind, parents, requests }] of shuffled.entries()) {
        yield createExample({ kind: index < heldOut ? `valid/${kind}` : kind, prompt, completion, parents, requests })
      }
    },
  }
}
