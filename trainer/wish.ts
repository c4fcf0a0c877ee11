import path from 'node:path'
import { EndonymError } from '../core/error.ts'
import type { Home } from '../core/home.ts'
import type { Language } from '../data/language.ts'
import { resolveLanguage } from '../data/languages.ts'
import { priceOf } from '../data/prices.ts'
import type { RunWish } from './distill.ts'
import { type PlanOptions, plannedTeacher, planRun, type RunPlan } from './plan.ts'
import type { Scale } from './recipe.ts'
import { recipeOf, settingsOf } from './recipes.ts'
import type { Teacher } from './teacher.ts'
import { openaiTeacher } from './teachers/openai.ts'
import type { Translator } from './translator.ts'
import { checkPair, openTranslator, openTranslatorIfAny } from './translators.ts'

/** Who is to answer, as a person says it. */
export type TeacherOptions = {
  /** Address of an endpoint, `local:NAME` or a GGUF file; the student itself where it is left out. */
  teacher?: string
  teacherModel?: string
  concurrency?: number
  price?: { prompt: number; completion: number }
}

/** What a person wishes of a run, as they say it: by flags of a command, or in a request to the server. `endonym distill`'s options explain each. */
export type WishOptions = TeacherOptions & {
  recipe: string
  scale: Scale
  student: string
  translator: string
  corpus?: string
  /** `name=value` */
  set: string[]
  limit?: number
  run?: string
}

/** The wish that options come to, whole: each setting has its value. @throws EndonymError `recipe_unknown`, `setting_unknown`, `setting_invalid` */
export function wishOf(language: Language, options: WishOptions): RunWish {
  const recipe = recipeOf(options.recipe)
  return {
    language,
    recipe: recipe.name,
    scale: options.scale,
    options: settingsOf(recipe, options.scale, [
      ...options.set,
      ...(options.corpus === undefined ? [] : [`corpus=${placeOf(options.corpus)}`]),
    ]),
    student: options.student,
    teacher: teacherName(options),
    translator: options.translator,
    ...(options.limit !== undefined && { limit: options.limit }),
  }
}

/** A corpus as it is found from any folder. */
function placeOf(corpus: string): string {
  return corpus === 'udhr' || corpus.startsWith('hub:') ? corpus : path.resolve(corpus)
}

/** The model that teaches in this process, as `models pull` takes it, or undefined where the teacher is none such. */
export function localTeacherOf({ teacher = '' }: TeacherOptions): string | undefined {
  if (teacher.startsWith('local:')) return teacher.slice('local:'.length)
  return /\.gguf$/i.test(teacher) && !/^https?:/.test(teacher) ? teacher : undefined
}

function teacherName(options: WishOptions): string {
  const local = localTeacherOf(options)
  if (local !== undefined) return `local:${local}`
  return options.teacher ? `${options.teacher}:${options.teacherModel}` : 'self'
}

/** The endpoint that the options name as a teacher, or undefined where the student teaches itself. @throws EndonymError `teacher_incomplete`, `teacher_address_invalid` */
export function teacherOf(
  { teacher, teacherModel, price: given, concurrency }: TeacherOptions,
  { home, say }: { home: Home; say(sentence: string): void },
): Teacher | undefined {
  if (!teacher && !teacherModel) return undefined
  if (!teacher || !teacherModel) {
    throw new EndonymError(
      'teacher_incomplete',
      'A teacher at an endpoint needs both --teacher URL and --teacher-model MODEL; one in this process is --teacher local:NAME.',
      {
        exitCode: 2,
      },
    )
  }
  const price = given ?? priceOf(home, teacher, teacherModel)
  return openaiTeacher({
    baseURL: teacher,
    model: teacherModel,
    say,
    ...(price && { price }),
    ...(concurrency !== undefined && { concurrency }),
  })
}

/** A plan, and why the run that it is for would be refused, if it would. */
export type WishedPlan = { plan: RunPlan; problem?: EndonymError }

/**
 * What a run would ask that is wished for so, before anything is spent. Nobody is asked for it.
 *
 * @throws EndonymError what `wishOf` and `teacherOf` throw, `translator_unknown`
 * @example const { plan, problem } = await planWish(resolveLanguage('gl'), options, { home, store, say, signal })
 */
export async function planWish(
  language: Language,
  options: WishOptions,
  deps: Pick<PlanOptions, 'store' | 'signal'> & { home: Home; say(sentence: string): void },
): Promise<WishedPlan> {
  const { store, signal } = deps
  const rich = resolveLanguage('eng')
  const wish = wishOf(language, options)
  const recipe = recipeOf(options.recipe)
  const local = localTeacherOf(options)
  const teacher = local === undefined ? teacherOf(options, deps) : await plannedTeacher(store, local)
  let translator: Translator | undefined
  let problem: EndonymError | undefined
  try {
    const optional = recipe.translator === 'optional'
    translator = await (optional ? openTranslatorIfAny : openTranslator)(options.translator, teacher)
    if (!optional) checkPair(translator, rich, language)
  } catch (error) {
    if (!(error instanceof EndonymError) || error.code === 'translator_unknown') throw error
    problem = error
  }
  const plan = await planRun({
    store,
    wish,
    recipe,
    rich,
    signal,
    ...(options.run !== undefined && { name: options.run }),
    ...(teacher && { teacher }),
    ...(translator && { translator }),
  })
  return { plan, ...(problem && { problem }) }
}
