import type { Standings } from '../evaluator/standings.ts'
import type { ServedModel } from './serving.ts'

/** Milliseconds for which what was counted is good enough to choose a model by. */
const goodFor = 60_000

/** Says of models how many others of their language native speakers clearly prefer to them. */
export type ByPreference = (models: readonly ServedModel[]) => Promise<ServedModel[]>

/**
 * Looks into the rankings of languages for those who choose among models, which every request does: so they are counted anew once a minute at most, and meanwhile nobody waits.
 *
 * @param options.every milliseconds for which what was counted is good enough; 0 counts each time
 */
export function byPreference(standings: Standings, { every = goodFor }: { every?: number } = {}): ByPreference {
  let known: Map<string, number> | undefined
  let countedAt = 0
  let counting: Promise<void> | undefined

  const count = async (): Promise<void> => {
    const ranks = new Map<string, number>()
    for (const iso3 of await standings.languages()) {
      const { models = [] } = (await standings.preferred({ iso3 })) ?? {}
      for (const { model, rank } of models) ranks.set(`${iso3} ${model}`, rank[0] - 1)
    }
    known = ranks
  }
  return async (models) => {
    if (known === undefined || every === 0 || performance.now() - countedAt >= every) {
      counting ??= count().finally(() => {
        countedAt = performance.now()
        counting = undefined
      })
      // What fails is tried again in a minute; until then models are chosen as if nobody had judged.
      if (known === undefined || every === 0) await counting.catch(() => {})
      else counting.catch(() => {})
    }
    return models.map((model) => {
      const outranked = known?.get(`${model.language?.iso3} ${model.id}`)
      return outranked === undefined ? model : { ...model, outranked }
    })
  }
}
