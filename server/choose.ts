import { EndonymError } from '../core/error.ts'
import { nearNames } from '../core/near.ts'
import { languageNamed } from '../data/languages.ts'
import type { ServedModel } from './serving.ts'

/** Names that an error lists at most. */
const listed = 8

/** A student, and what the run that made it left in all: it is compared with another run's by the best of these. */
type Candidate = { model: ServedModel; run: readonly ServedModel[] }

/**
 * Why one student of a language goes before another: the first of these that tells them apart decides.
 *
 * What native speakers prefer is worth more than anything that is computed. They tell two models apart where the interval of the difference is clear of zero; whoever was compared with nobody is
 * outranked by nobody, so that a newer student is judged by its numbers until people have judged it. All are of one language, so that their bits per byte are of the same text.
 */
const reasons: readonly ((a: Candidate, b: Candidate) => number)[] = [
  // Fewer others are clearly preferred to its run's best file.
  (a, b) => ascending(leastOutranked(a.run), leastOutranked(b.run)),
  // Of its run something is known, be it by people or by numbers.
  (a, b) => ascending(Number(isUnknown(a.run)), Number(isUnknown(b.run))),
  // Its run's best file predicts the language better; what was not measured comes after what was.
  (a, b) => ascending(leastBits(a.run), leastBits(b.run)),
  (a, b) => descending(newest(a.run), newest(b.run)),
  // From here on both are of one run; a file that was compared with nobody is as good as its run.
  (a, b) => ascending(outranked(a), outranked(b)),
  // The merged student is as it was proven, whatever base is served.
  (a, b) => ascending(Number(a.model.role === 'adapter'), Number(b.model.role === 'adapter')),
  (a, b) => ascending(leastBits([a.model]), leastBits([b.model])),
  (a, b) => descending(a.model.createdAt, b.model.createdAt),
]

/** The students among models of one language, the best first. */
export function bestFirst(models: readonly ServedModel[]): ServedModel[] {
  const students = models.filter(({ role }) => role !== 'base')
  const runs = Map.groupBy(students, runOf)
  return students
    .map((model): Candidate => ({ model, run: runs.get(runOf(model)) ?? [model] }))
    .sort((a, b) => reasons.map((reason) => reason(a, b)).find((order) => order !== 0) ?? 0)
    .map(({ model }) => model)
}

/** The ids of the students that answer where only their language is named, one for each language. */
export function bestOfEach(models: readonly ServedModel[]): Set<string> {
  const taught = models.filter(({ language }) => language !== undefined)
  const languages = Map.groupBy(taught, ({ language }) => language?.iso3)
  return new Set([...languages.values()].flatMap((group) => bestFirst(group)[0]?.id ?? []))
}

/** Models of no run are each by themselves. */
const runOf = ({ run, id }: ServedModel) => (run === undefined ? `model ${id}` : `run ${run}`)
const leastOutranked = (models: readonly ServedModel[]) => {
  const known = models.flatMap(({ outranked }) => outranked ?? [])
  return known.length === 0 ? 0 : Math.min(...known)
}
const isUnknown = (models: readonly ServedModel[]) =>
  models.every(({ outranked, bitsPerByte }) => outranked === undefined && bitsPerByte === undefined)
const outranked = ({ model, run }: Candidate) => model.outranked ?? leastOutranked(run)
const leastBits = (models: readonly ServedModel[]) =>
  Math.min(...models.map(({ bitsPerByte }) => bitsPerByte?.value ?? Number.POSITIVE_INFINITY))
const newest = (models: readonly ServedModel[]) =>
  models
    .map(({ createdAt }) => createdAt)
    .sort()
    .at(-1) ?? ''
const ascending = <T extends number | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)
const descending = <T extends number | string>(a: T, b: T) => ascending(b, a)

/** Newest first; of one run's models, the merged student before its adapter. */
export function newestFirst(models: readonly ServedModel[]): ServedModel[] {
  return models.toSorted((a, b) =>
    a.run !== undefined && a.run === b.run
      ? Number(b.role === 'student') - Number(a.role === 'student')
      : b.createdAt.localeCompare(a.createdAt),
  )
}

/**
 * The model that a person means by a name: a model's own, an alias, a language (its best student), or `language@base` (its best student that comes from that base); or that they would want who name
 * none: the newest student, else the newest model.
 *
 * @throws EndonymError `model_not_found`, `no_models`
 * @example pick(models, 'galego@smollm2-135m-instruct')
 */
export function pick(models: readonly ServedModel[], name?: string): ServedModel {
  const taught = models.filter(({ role }) => role !== 'base')
  if (name === undefined) {
    const found = newestFirst(taught)[0] ?? newestFirst(models)[0]
    if (found) return found
    throw new EndonymError('no_models', `There is no model yet. Make one with "endonym distill <language>".`)
  }
  const found = called(models, name) ?? bestOf(taught, name) ?? bestFrom(models, taught, name)
  return found ?? notFound(models, name)
}

/** The model that has this name or alias, however it is capitalised. */
function called(models: readonly ServedModel[], name: string): ServedModel | undefined {
  const wanted = name.trim().toLowerCase()
  return (
    models.find(({ id }) => id === name) ??
    models.find(({ aliases = [] }) => aliases.includes(name)) ??
    models.find(({ id }) => id.toLowerCase() === wanted) ??
    models.find(({ aliases = [] }) => aliases.some((alias) => alias.toLowerCase() === wanted))
  )
}

/** The best student of the language of that name. */
function bestOf(taught: readonly ServedModel[], name: string): ServedModel | undefined {
  const language = taught.length > 0 ? languageNamed(name) : undefined
  return language && bestFirst(taught.filter((model) => model.language?.iso3 === language.iso3))[0]
}

/** Of `language@base`, the best student of that language that comes from that base, which need not be there itself. */
function bestFrom(
  models: readonly ServedModel[],
  taught: readonly ServedModel[],
  name: string,
): ServedModel | undefined {
  const [, language, asked] = /^([^@]+)@(.+)$/s.exec(name) ?? []
  if (language === undefined || asked === undefined) return undefined
  const base = (called(models, asked)?.id ?? asked.trim()).toLowerCase()
  return bestOf(
    taught.filter((model) => model.base?.toLowerCase() === base),
    language,
  )
}

function notFound(models: readonly ServedModel[], name: string): never {
  const names = models.flatMap(({ id, aliases = [] }) => [id, ...aliases])
  // Nothing that is called so is longer, and comparing with it would take long.
  const near = name.length > 100 ? [] : nearNames(name.trim(), names)
  const rest = names.length - listed
  const hint =
    near.length > 0
      ? `. Did you mean ${near.join(' or ')}?`
      : names.length > 0
        ? `; there is ${names.slice(0, listed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`
        : '.'
  throw new EndonymError(
    'model_not_found',
    `There is no model "${name}"${hint} "endonym distill" makes one for a language.`,
    { exitCode: 2 },
  )
}
