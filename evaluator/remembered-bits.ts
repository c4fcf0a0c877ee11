import { sql } from 'kysely'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { createMemory } from '../data/memory.ts'
import type { LikelihoodItem } from './benchmark.ts'
import { udhrBits } from './benchmarks/udhr-bits.ts'
import type { ScoreReply } from './examine/ask.ts'
import { question } from './examine.ts'
import { type Counts, ratio } from './metrics/bootstrap.ts'

/** Bits per byte of a language's text, and of how many articles of the Universal Declaration it consisted. */
export type BitsPerByte = { value: number; articles: number }

/** A model as its replies are remembered (`Examinee.source`), and the language that it is to be judged in. */
export type Judged = { source: string; language: Language }

/** The counts of each article that a model was measured on, by the article's id. */
type Articles = Map<string, Counts>

/** What is known of a model: `missing` are the articles that memory has nothing of, by the hashes of what is asked, and `seen` how large memory was when it was last looked into. */
type Remembered = { articles: Articles; missing: Map<string, LikelihoodItem>; seen: number | null | undefined }

/** Rows that are read at once: SQLite takes so many parameters. */
const together = 500

/** Fewer articles say too little, and that by chance. */
const fewest = 10

/**
 * Bits per byte of models on the same text: the articles of the Universal Declaration that memory has scores of for all of the models of a language. Whether a run's report card asked for them or `endonym
 * evaluate` did is the same. No model was measured on an article that it was trained on, so none such is among them. The numbers are made here from the remembered likelihoods, so all are of one version
 * of the measure.
 *
 * What was found is kept, and memory is asked again only when it has grown: a server asks this for each request.
 *
 * @returns for each model its number; undefined where it was not measured, or on fewer than ten articles that the others were measured on.
 * @example const [first, second] = await createRememberedBits(store)([{ source: one.sha256, language }, { source: other.sha256, language }])
 */
export function createRememberedBits(
  store: Store,
): (models: readonly Judged[]) => Promise<(BitsPerByte | undefined)[]> {
  const { hash } = createMemory(store)
  const declarations = new Map<string, Promise<LikelihoodItem[]>>()
  const records = new Map<string, Remembered>()

  const recordOf = async ({ source, language }: Judged): Promise<Remembered> => {
    const key = `${source} ${language.iso3}`
    const known = records.get(key)
    if (known) return known
    const items = declarations.get(language.iso3) ?? declaration(language)
    declarations.set(language.iso3, items)
    const missing = (await items).map((item) => [hash(question(source, asked(item))), item] as const)
    const record = { articles: new Map(), missing: new Map(missing), seen: undefined }
    records.set(key, record)
    return record
  }

  /** Takes up what memory has by now, unless it is as large as it was. */
  const refresh = async (asked: readonly Remembered[]): Promise<void> => {
    const { rows } = await sql<{ last: number | null }>`select max(rowid) as last from completions`.execute(store)
    const last = rows[0]?.last ?? null
    const stale = asked.filter(({ seen }) => seen !== last)
    const replies = await repliesOf(
      store,
      stale.flatMap(({ missing }) => [...missing.keys()]),
    )
    for (const record of stale) {
      for (const [hash, item] of record.missing) {
        const reply = replies.get(hash)
        if (reply === undefined) continue
        record.articles.set(item.id, item.count([reply]))
        record.missing.delete(hash)
      }
      record.seen = last
    }
  }

  return async (models) => {
    const asked = await Promise.all(models.map(recordOf))
    await refresh(asked)
    const results: (BitsPerByte | undefined)[] = new Array(models.length)
    for (const places of Map.groupBy(models.keys(), (i) => models[i]?.language.iso3).values()) {
      const found = onCommonArticles(places.flatMap((i) => asked[i]?.articles ?? []))
      for (const [nth, i] of places.entries()) results[i] = found[nth]
    }
    return results
  }
}

async function repliesOf(store: Store, hashes: readonly string[]): Promise<Map<string, ScoreReply>> {
  const replies = new Map<string, ScoreReply>()
  for (let from = 0; from < hashes.length; from += together) {
    const rows = await store
      .selectFrom('completions')
      .select(['hash', 'response_json'])
      .where('hash', 'in', hashes.slice(from, from + together))
      .execute()
    for (const row of rows) replies.set(row.hash, JSON.parse(row.response_json) as ScoreReply)
  }
  return replies
}

/** The declaration's articles as they are asked; none where it is not at hand in the language. */
async function declaration(language: Language): Promise<LikelihoodItem[]> {
  try {
    return (await udhrBits(language).items()) as LikelihoodItem[]
  } catch (error) {
    if (error instanceof EndonymError && error.code === 'benchmark_lacks_language') return []
    throw error
  }
}

function asked({ asks: [ask] }: LikelihoodItem) {
  return { prompt: ask?.prompt ?? '', continuation: ask?.continuations[0] ?? '' }
}

/** Bits per byte of each model over the articles that all of those have which have enough. */
function onCommonArticles(models: readonly Articles[]): (BitsPerByte | undefined)[] {
  const measured = models.filter(({ size }) => size >= fewest)
  const common = [...(measured[0]?.keys() ?? [])].filter((id) => measured.every((articles) => articles.has(id)))
  return models.map((articles) => {
    if (articles.size < fewest || common.length < fewest) return undefined
    const counts = common.map((id) => articles.get(id) ?? [])
    const sums = [0, 1].map((place) => counts.reduce((total, each) => total + (each[place] ?? 0), 0))
    return { value: ratio(sums), articles: common.length }
  })
}
