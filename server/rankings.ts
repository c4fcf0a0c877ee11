import fs from 'node:fs'
import path from 'node:path'
import { Hono } from 'hono'
import type { Home } from '../core/home.ts'
import type { Store } from '../data/database.ts'
import { languageByIso3, resolveLanguage } from '../data/languages.ts'
import { createStandings, type StandingModel, standingsOf } from '../evaluator/standings.ts'
import { readGguf } from '../models/gguf.ts'
import { listModels } from '../models/store.ts'
import type { Report } from '../trainer/report.ts'
import { bestOfEach } from './choose.ts'
import { languageView } from './runs/view.ts'
import type { ServedModel, Serving } from './serving.ts'

export type RankingRouteDeps = {
  store: Store
  serving: Serving
  /** Where runs keep their report cards; what they promise is told of no model where it is left out. */
  home?: Home | undefined
}

/** What models there are and what is known of each, `/api/models`; and which of a language's native speakers prefer, `/api/leaderboard`. See docs/api.md. */
export function rankingRoutes({ store, serving, home }: RankingRouteDeps): Hono {
  const standings = createStandings(store)
  const licenses = new Map<string, Promise<string | null>>()
  const licenseOf = (file: string): Promise<string | null> => {
    const known = licenses.get(file)
    if (known) return known
    // A file that cannot be read is told of when somebody asks for the model.
    const reading = readGguf(file).then(
      ({ license }) => license ?? null,
      () => null,
    )
    licenses.set(file, reading)
    return reading
  }
  const promises = createPromises(home)

  return new Hono()
    .get('/api/models', async (c) => {
      const models = await serving.list()
      const best = bestOfEach(models)
      const bytes = new Map((await listModels(store)).map((row) => [row.name, row.bytes]))
      const byId = new Map(models.map((model) => [model.id, model]))
      const license = async (model: ServedModel): Promise<string | null> => {
        const base = byId.get(model.base ?? '')
        const own = 'file' in model ? await licenseOf(model.file) : null
        return own ?? (base && base !== model && 'file' in base ? licenseOf(base.file) : null)
      }
      const rated = new Map<string, StandingModel['rating']>()
      for (const iso3 of new Set(models.flatMap(({ language }) => language?.iso3 ?? []))) {
        const { models: ratings = [] } = (await standings.preferred({ iso3 })) ?? {}
        for (const rating of ratings) rated.set(`${iso3} ${rating.model}`, rating)
      }
      const entries = models.map(async (model) => {
        const { id, aliases = [], role, language, base, run, createdAt, bitsPerByte } = model
        return {
          ...{ id, aliases, role, createdAt },
          language: language ? languageView(language.bcp47, language.name) : null,
          base: base ?? null,
          run: run ?? null,
          parameters: 'file' in model ? model.parameters : null,
          quantisation: 'file' in model ? model.quantisation : null,
          bytes: bytes.get(id) ?? null,
          license: await license(model),
          elsewhere: 'elsewhere' in model,
          best: best.has(id),
          bitsPerByte: bitsPerByte ?? null,
          rating: ratingView(rated.get(`${language?.iso3} ${id}`)),
          promises: run === undefined ? null : promises(run),
        }
      })
      return c.json({ models: await Promise.all(entries) })
    })
    .get('/api/leaderboard', async (c) => {
      const query = c.req.query('language')
      const models = await serving.list()
      const students = models.filter(({ role }) => role !== 'base')
      if (query === undefined) return c.json({ languages: await languagesOf(students) })
      const language = resolveLanguage(query.slice(0, 100))
      const preferred = await standings.preferred(language)
      const own = students.filter((model) => model.language?.iso3 === language.iso3)
      const byId = new Map(models.map((model) => [model.id, model]))
      return c.json({
        language: languageView(language.bcp47, language.name),
        votes: preferred?.votes ?? 0,
        raters: preferred?.raters ?? 0,
        models: standingsOf(preferred, own).map(({ model, rating, bitsPerByte }) => {
          const served = byId.get(model)
          return {
            model,
            /** Whether it is still there to be asked. */
            here: served !== undefined,
            base: served?.base ?? null,
            parameters: served && 'file' in served ? served.parameters : null,
            quantisation: served && 'file' in served ? served.quantisation : null,
            rating: ratingView(rating),
            bitsPerByte: bitsPerByte ?? null,
          }
        }),
      })
    })

  /** Languages that have a model, or of which models were compared; those with most verdicts first. */
  async function languagesOf(students: readonly ServedModel[]) {
    const counts = new Map<string, number>()
    for (const { language } of students) {
      if (language) counts.set(language.iso3, (counts.get(language.iso3) ?? 0) + 1)
    }
    const all = [...new Set([...counts.keys(), ...(await standings.languages())])]
    const entries = await Promise.all(
      all.map(async (iso3) => {
        const language = languageByIso3(iso3)
        const votes = (await standings.preferred({ iso3 }))?.votes ?? 0
        return language
          ? [{ ...languageView(language.bcp47, language.name), models: counts.get(iso3) ?? 0, votes }]
          : []
      }),
    )
    const found = entries.flat().filter(({ models, votes }) => models > 0 || votes > 0)
    return found.sort((a, b) => b.votes - a.votes || b.models - a.models || a.name.localeCompare(b.name, 'en'))
  }
}

/** A rating as pages show it. */
function ratingView(rating: StandingModel['rating']) {
  if (!rating) return null
  const { elo, interval, corrected, rank, votes, wins, losses, bothGood, bothBad } = rating
  return { elo, interval, corrected, rank, votes, wins, losses, bothGood, bothBad: bothBad.count }
}

/** How many of its promises a run's student keeps, by its report card: read again when the card was written again. */
function createPromises(home: Home | undefined): (run: string) => { kept: number; of: number } | null {
  const read = new Map<string, { at: number; kept: { kept: number; of: number } | null }>()
  return (run) => {
    if (!home) return null
    const file = path.join(home.runs, run, 'report.json')
    const at = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (at === undefined) return null
    const known = read.get(run)
    if (known?.at === at) return known.kept
    const { verdict } = JSON.parse(fs.readFileSync(file, 'utf8')) as Report
    const kept = { kept: verdict.kept, of: verdict.of }
    read.set(run, { at, kept })
    return kept
  }
}
