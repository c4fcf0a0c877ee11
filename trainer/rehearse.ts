import { silent } from '../core/progress.ts'
import { createRandom } from '../core/random.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { createMemory, type Memory, type Question } from '../data/memory.ts'
import type { RunWish } from './distill.ts'
import type { Example } from './example.ts'
import { following } from './examples.ts'
import type { Recipe } from './recipe.ts'
import type { StepContext } from './step.ts'
import type { Teacher } from './teacher.ts'
import type { Translator } from './translator.ts'

/** What memory already answers for a step. */
export type Remembered = {
  remembered: number
  promptTokens: number
  completionTokens: number
  /** Memory answers everything that the step and those before it ask: nothing is left to ask. */
  complete: boolean
}

/**
 * Runs a recipe's steps on memory alone, and counts what memory answers: the same code asks the same questions, so the count is right for every recipe.
 *
 * What memory does not hold is not asked of anyone; it is answered with nothing, which the steps drop. So what would follow from it is not counted, because it is not known.
 */
export async function rehearse(options: {
  store: Store
  recipe: Recipe
  wish: RunWish
  rich: Language
  /** Who would be asked, by the names under which answers are remembered. */
  teacher: Pick<Teacher, 'name' | 'title' | 'concurrency'>
  translator: Pick<Translator, 'name' | 'concurrency' | 'supports'>
  signal: AbortSignal
}): Promise<Map<string, Remembered>> {
  const { store, recipe, wish, rich, signal } = options
  const counts = new Map<string, Remembered>()
  const any = await store.selectFrom('completions').select('hash').limit(1).executeTakeFirst()
  if (!any) return counts

  const unasked = () => Promise.reject(new Error('a rehearsal asks nobody'))
  const teacher: Teacher = { ...options.teacher, complete: unasked, completeAll: unasked, dispose: async () => {} }
  const translator: Translator = { ...options.translator, translate: unasked, dispose: async () => {} }
  const seen = new Set<string>()
  let missing = false
  const context = (count: Remembered): StepContext => ({
    language: wish.language,
    rich,
    random: createRandom(`${wish.recipe} ${wish.options.seed ?? 0}`),
    memory: recollection(store, seen, count, () => {
      missing = true
    }),
    teacher: async () => teacher,
    translator: async () => translator,
    countTokens: async () => 0,
    progress: silent,
    note: () => {},
    signal,
  })
  const keptBy = new Map<string, Example[]>()
  let previous: string[] = []
  for (const step of recipe.steps(wish.options, wish.language)) {
    const count: Remembered = { remembered: 0, promptTokens: 0, completionTokens: 0, complete: false }
    const kept: Example[] = []
    const input = (step.from ?? previous).map((name) => keptBy.get(name) ?? [])
    for await (const example of step.run(following(input), context(count))) if (!example.dropped) kept.push(example)
    count.complete = !missing
    counts.set(step.name, count)
    keptBy.set(step.name, kept)
    previous = [step.name]
  }
  return counts
}

/** A memory that remembers and never asks. */
function recollection(store: Store, seen: Set<string>, count: Remembered, onMiss: () => void): Memory {
  const { hash, take } = createMemory(store)
  const remember = async <T>(question: Question): Promise<T> => {
    const key = hash(question)
    const row = await store
      .selectFrom('completions')
      .select(['response_json', 'prompt_tokens', 'completion_tokens'])
      .where('hash', '=', key)
      .executeTakeFirst()
    if (!row) {
      onMiss()
      return { text: '', unknown: [], finishReason: 'other', promptTokens: 0, completionTokens: 0 } as T
    }
    if (!seen.has(key)) {
      seen.add(key)
      count.remembered++
      count.promptTokens += row.prompt_tokens
      count.completionTokens += row.completion_tokens
    }
    return JSON.parse(row.response_json) as T
  }
  return {
    hash,
    take,
    waste: async () => {},
    enter: async () => {},
    recall: remember,
    remember,
    rememberAll: async <T>(questions: readonly Question[]) => {
      const answers: T[] = []
      for (const question of questions) answers.push(await remember<T>(question))
      return answers
    },
  }
}
