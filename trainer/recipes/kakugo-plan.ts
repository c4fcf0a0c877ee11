import type { Plan } from '../recipe.ts'
import type { KakugoOptions } from './kakugo.ts'

/** What a run would ask, at most; the constants are explained where they stand. */
export function kakugoPlan(options: KakugoOptions): Plan {
  return { steps: [], trainingTokens: options.tokens, notes: [] }
}
