import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import type { Home } from '../../core/home.ts'
import type { Store } from '../../data/database.ts'
import type { Language } from '../../data/language.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { defaultStudent } from '../../models/sources.ts'
import { listModels } from '../../models/store.ts'
import type { RunWish } from '../../trainer/distill.ts'
import { type Scale, scales } from '../../trainer/recipe.ts'
import { recipeOf, recipes } from '../../trainer/recipes.ts'
import { planWish, type WishedPlan, type WishOptions } from '../../trainer/wish.ts'
import { ApiError } from '../openai/error.ts'
import { optional, unsupported } from '../openai/request.ts'
import type { UpstreamSettings } from '../upstreams/settings.ts'

/** What a request may wish of a run. Nothing in it names a file or an address: models are chosen from those that this server knows. */
export const wishBody = z.object({
  language: z.string().min(1).max(100),
  recipe: optional(z.string().max(100)),
  scale: optional(z.enum(scales)),
  student: optional(z.string().max(300)),
  teacher: optional(z.string().max(300)),
  translator: optional(z.enum(['apertium', 'teacher'])),
  /** Settings of the recipe that are numbers. */
  settings: optional(z.record(z.string().max(100), z.number().min(0))),
  /** Rows of each benchmark of the report card at most. */
  limit: optional(z.int().min(1)),
  corpus: unsupported('a corpus other than the shipped one is'),
  set: unsupported('"set" is; numbers are given as "settings",'),
  run: unsupported('a name of the run is'),
})

/** A run that is to be begun: what is wished, and how far it goes. */
export const startBody = wishBody.extend({
  /** Make the data from the recording that ships, asking nobody. */
  replay: optional(z.boolean()),
  /** Stop when the data are made. */
  dataOnly: optional(z.boolean()),
  /** Stop before the teacher has cost more than this. */
  budget: optional(z.number().min(0)),
})

type Asked = z.output<typeof wishBody>

/** A model that can teach: the student itself, one of the store, or one of another server. */
export type KnownTeacher = {
  /** What requests call it: `self`, `local:NAME`, or the name that `upstreams.json` gives it. */
  id: string
  options: Pick<WishOptions, 'teacher' | 'teacherModel'>
  /** What the other server is shown. */
  key?: string
}

/** Whom this server knows as students and as teachers. */
export type Known = { students: string[]; teachers: KnownTeacher[] }

export type WishDeps = {
  home: Home
  store: Store
  /** Servers whose models may teach, those that `upstreams.json` names the models of. */
  upstreams: readonly UpstreamSettings[]
  say(sentence: string): void
}

export async function knownModels({ store, upstreams }: WishDeps): Promise<Known> {
  const models = await listModels(store)
  // Copies that runs made at 8 bits come from another one.
  const bases = models.filter(({ role, base }) => role === 'base' && base === null).map(({ name }) => name)
  return {
    students: [...new Set([defaultStudent.name, ...bases])],
    teachers: [
      { id: 'self', options: {} },
      ...bases.map((name) => ({ id: `local:${name}`, options: { teacher: `local:${name}` } })),
      ...upstreams.flatMap(({ root, key, models = [] }) =>
        models.map(({ name, there }) => ({
          id: name,
          options: { teacher: `${root}/v1`, teacherModel: there },
          ...(key !== undefined && { key }),
        })),
      ),
    ],
  }
}

/** A wish with all that was left open decided, and its plan. */
export type Wished = { language: Language; options: WishOptions; teacher: KnownTeacher } & WishedPlan

/**
 * Decides what a request leaves open, and plans it. Where no recipe is named it is the first that the language can be taught by: by translation; with a teacher that is not the student by what it writes;
 * else from raw text.
 *
 * @throws ApiError for a model that is not known; EndonymError `language_unknown`, `recipe_unknown`, `setting_unknown`, `setting_invalid`
 */
export async function planAsked(asked: Asked, deps: WishDeps & { signal: AbortSignal }): Promise<Wished> {
  const language = resolveLanguage(asked.language)
  const known = await knownModels(deps)
  const student = asked.student ?? defaultStudent.name
  const teacher = known.teachers.find(({ id }) => id === (asked.teacher ?? 'self'))
  if (!known.students.includes(student)) throw notKnown('student', student, known.students)
  if (!teacher) {
    const names = known.teachers.map(({ id }) => id)
    throw notKnown('teacher', asked.teacher ?? '', names)
  }
  const optionsOf = (recipe: string): WishOptions => ({
    recipe,
    scale: asked.scale ?? ('demo' satisfies Scale),
    student,
    ...teacher.options,
    translator: asked.translator ?? 'apertium',
    set: settingsOf(recipe, asked),
    ...(asked.limit !== undefined && { limit: asked.limit }),
  })
  const planOf = async (options: WishOptions): Promise<WishedPlan> => {
    const planned = await planWish(language, options, deps)
    const problem = planned.problem ?? refusalOf(planned.plan.wish)
    return { ...planned, ...(problem && { problem }) }
  }
  const plan = async (recipe: string): Promise<Wished> => {
    const options = optionsOf(recipe)
    const planned = await planOf(options)
    const { problem } = planned
    // A model that teaches can also translate.
    if (problem && asked.translator === undefined && teacher.id !== 'self') {
      const translated = { ...options, translator: 'teacher' }
      return { language, options: translated, teacher, ...(await planOf(translated)) }
    }
    return { language, options, teacher, ...planned }
  }
  if (asked.recipe !== undefined) return plan(asked.recipe)
  const options = optionsOf('sdrrl')
  const translating = await planOf(options)
  if (!translating.problem) return { language, options, teacher, ...translating }
  return plan(teacher.id === 'self' ? 'polyglot-ko' : 'kakugo')
}

/** Why a run would be refused, or would find nothing to read, when it begins. */
function refusalOf({ recipe, options, language }: RunWish): EndonymError | undefined {
  try {
    recipeOf(recipe).check(options)
    if (options.corpus !== 'udhr' || udhr(language)) return undefined
    return new EndonymError(
      'corpus_missing',
      `There is no text in ${language.name} at hand here. Whoever has some begins the run with "endonym distill ${language.bcp47} --recipe ${recipe} --corpus FOLDER".`,
    )
  } catch (error) {
    if (error instanceof EndonymError) return error
    throw error
  }
}

/** Numbers alone: what is a word may be a file. */
function settingsOf(recipe: string, { settings = {}, scale = 'demo' }: Asked): string[] {
  const defaults = recipeOf(recipe).defaults(scale)
  return Object.entries(settings).map(([name, value]) => {
    const known = Object.hasOwn(defaults, name) ? defaults[name] : undefined
    if (typeof known === 'number') return `${name}=${value}`
    const numbers = Object.keys(defaults).filter((each) => typeof defaults[each] === 'number')
    throw new EndonymError(
      'setting_unknown',
      `The recipe ${recipe} has no setting "${name}" that is a number. It has: ${numbers.join(', ')}.`,
    )
  })
}

function notKnown(what: 'student' | 'teacher', name: string, names: readonly string[]): ApiError {
  const hint = what === 'teacher' ? ' Others are named, with their models, in upstreams.json of the home.' : ''
  return new ApiError(
    400,
    'invalid_value',
    `This server knows no ${what} "${name}". It knows ${names.join(', ')}.${hint}`,
    what,
  )
}

/** What there is to choose from. */
export async function choicesOf(deps: WishDeps) {
  const { students, teachers } = await knownModels(deps)
  return {
    recipes: recipes.map(({ name, paper }) => ({ name, paper })),
    scales,
    students,
    teachers: teachers.map(({ id }) => id),
  }
}
