import { grouped } from '../core/format.ts'
import type { Store } from '../data/database.ts'
import type { Language } from '../data/language.ts'
import { heldOutQuestions } from '../data/questions.ts'
import { evaluationLimits } from '../evaluator/evaluate.ts'
import { type Run, type RunWish, runIdOf } from './distill.ts'
import { measuredSeconds, type Rates, ratesFor, sizeOf } from './rates.ts'
import type { Plan, Recipe } from './recipe.ts'
import { type Remembered, rehearse } from './rehearse.ts'
import type { Teacher } from './teacher.ts'
import type { Translator } from './translator.ts'

/** A step of a run: what it would ask, at most, and what is left of that. */
export type PlanStep = {
  step: string
  requests: number
  /** Requests that memory answers: they cost nothing again. */
  remembered: number
  promptTokens: number
  completionTokens: number
  /** Tokens that are trained on. */
  trainingTokens?: number
  /** Of what is left to do. */
  seconds: number
  /** Of what is left to ask; undefined where the price of the teacher is not known. */
  price: number | undefined
  /** An earlier run of the same wish has finished it. */
  done: boolean
}

/** What a run would ask, before anything is spent. */
export type RunPlan = {
  wish: RunWish
  run: { id: string; status: 'new' | 'begun' | 'done' }
  paper: string
  steps: PlanStep[]
  total: Omit<PlanStep, 'step' | 'done' | 'trainingTokens'>
  rates: Rates
  notes: string[]
  /** The plan in a sentence. */
  verdict: string
}

export type PlanOptions = {
  store: Store
  wish: RunWish
  /** The run's name, where it is given one. */
  name?: string
  recipe: Recipe
  rich: Language
  /** Undefined: the student teaches itself. */
  teacher?: Teacher
  /** Undefined where it could not be opened: then nothing that it translated is remembered. */
  translator?: Translator
  signal: AbortSignal
}

/** Seconds that the default student's files take, on two cores. */
const converting = 50
const proving = 25

/** Sizes that a run of the demo in Galician had, in tokens of SmolLM2: the declaration, and a question or sentence of a benchmark with its answer. */
const measured = { declaration: 5_800, prompt: 57, answer: 71 }

/**
 * Plans a run: requests, tokens, time and money of each step, less what memory and finished stages have.
 *
 * @example const { steps, total, verdict } = await planRun({ store, wish, recipe, rich, translator, signal })
 */
export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const { store, wish, recipe, name = runIdOf(wish) } = options
  const rates = await ratesFor(store, wish)
  const plan = recipe.plan(wish.options)
  const memory = await rememberedFor(options, plan)
  const status = await store.selectFrom('runs').select('status').where('id', '=', name).executeTakeFirst()
  const finished = await store
    .selectFrom('stages')
    .select('name')
    .where('run', '=', name)
    .where('status', '=', 'done')
    .execute()
  const done = (step: string) => finished.some((stage) => stage.name === step)

  const asked = plan.steps.map((step) => askingStep(step, options, rates, memory.get(step.step), done(step.step)))
  const local = await localSteps(options, rates, plan)
  const steps = [...asked, ...local.map((step) => ({ ...step, done: done(step.step) }))].map(withoutDone)
  const total = sum(steps)
  return {
    wish,
    run: { id: name, status: status === undefined ? 'new' : status.status === 'done' ? 'done' : 'begun' },
    paper: recipe.paper,
    steps,
    total,
    rates,
    notes: [...plan.notes, ...notesOn(options, rates, (await sizeOf(store, wish.student)).known)],
    verdict: verdictOn(
      total,
      wish,
      name,
      steps.every((step) => step.done),
    ),
  }
}

/** The plan of a run, made and kept when it begins, so that what it came to can be set beside it. */
export function planStage({ deps, id, wish, stage }: Run): Promise<PlanStep[]> {
  return stage('plan', async () => {
    const { store, recipe, rich, signal } = deps
    const translator = await deps.openTranslator()
    const teacher = await deps.openTeacher?.()
    const { steps } = await planRun({
      store,
      wish,
      name: id,
      recipe,
      rich,
      signal,
      translator,
      ...(teacher && { teacher }),
    })
    return steps
  })
}

function askingStep(
  planned: Plan['steps'][number],
  { wish, teacher }: PlanOptions,
  rates: Rates,
  memory: Remembered | undefined,
  done: boolean,
): PlanStep {
  const byModel = planned.asks === 'teacher' || wish.translator === 'teacher'
  const { step } = planned
  const known = memory?.remembered ?? 0
  const requests = memory?.complete ? known : Math.max(planned.requests, known)
  const left = requests - known
  const share = planned.requests === 0 ? 0 : left / planned.requests
  const [promptLeft, completionLeft] = byModel
    ? [Math.round(planned.promptTokens * share), Math.round(planned.completionTokens * share)]
    : [0, 0]
  return {
    step,
    requests,
    remembered: known,
    promptTokens: promptLeft + (memory?.promptTokens ?? 0),
    completionTokens: completionLeft + (memory?.completionTokens ?? 0),
    seconds: byModel ? completionLeft / rates.teach.perSecond : left / rates.translate.perSecond,
    price:
      !byModel || !teacher || left === 0
        ? 0
        : teacher.price && (promptLeft * teacher.price.prompt + completionLeft * teacher.price.completion) / 1e6,
    done,
  }
}

/** What this machine computes itself, once the data are made. */
async function localSteps(
  { store, wish }: PlanOptions,
  rates: Rates,
  { trainingTokens }: Plan,
): Promise<Omit<PlanStep, 'done'>[]> {
  const nothing = { requests: 0, remembered: 0, promptTokens: 0, completionTokens: 0, price: 0 }
  const { times } = await sizeOf(store, wish.student)
  const took = async (name: string, byDefault: number) =>
    (await measuredSeconds(store, wish, name)) ?? byDefault * times
  return [
    { ...nothing, step: 'train', trainingTokens, seconds: trainingTokens / rates.train.perSecond },
    { ...nothing, step: 'convert', seconds: await took('convert', converting) },
    { ...nothing, step: 'prove', seconds: await took('prove', proving) },
    { ...nothing, step: 'evaluate', ...evaluation(wish, rates) },
  ]
}

/** Base and student, each asked the same; FLORES and SIB-200 are counted as if a hub answered. */
function evaluation({ scale, limit = Number.POSITIVE_INFINITY }: RunWish, rates: Rates) {
  const limits = evaluationLimits[scale]
  const rows = (count: number) => Math.min(count, limit)
  const questions = Math.min(rows(limits.questions), heldOutQuestions().length)
  const answered = rows(limits.paragraphs) + questions + 2 * rows(limits.flores)
  // Both languages of each article; of each row of SIB-200 its seven categories, after the examples.
  const scored = 2 * rows(limits.articles) + 7 * rows(limits.sib200)
  const read =
    measured.declaration * (rows(limits.articles) / 31) + 7 * rows(limits.sib200) * (1 + limits.shots) * measured.prompt
  const models = 2
  const promptTokens = Math.round(models * (read + answered * measured.prompt))
  const completionTokens = models * answered * measured.answer
  return {
    requests: models * (answered + scored) + questions,
    promptTokens,
    completionTokens,
    seconds: (models * read) / rates.score.perSecond + completionTokens / rates.generate.perSecond,
  }
}

/** A finished stage asks nothing and takes no time. */
function withoutDone(step: PlanStep): PlanStep {
  return step.done ? { ...step, remembered: step.requests, seconds: 0, price: 0 } : step
}

function sum(steps: readonly PlanStep[]): RunPlan['total'] {
  const add = (of: (step: PlanStep) => number) => steps.reduce((total, step) => total + of(step), 0)
  return {
    requests: add((step) => step.requests),
    remembered: add((step) => step.remembered),
    promptTokens: add((step) => step.promptTokens),
    completionTokens: add((step) => step.completionTokens),
    seconds: add((step) => step.seconds),
    price: steps.some((step) => step.price === undefined) ? undefined : add((step) => step.price ?? 0),
  }
}

async function rememberedFor(options: PlanOptions, { steps }: Plan): Promise<Map<string, Remembered>> {
  const { store, wish, teacher, translator } = options
  // A recipe that asks nobody would only read its corpus.
  if (!translator || steps.length === 0) return new Map()
  const own = await ownTeacher(store, wish.student)
  return rehearse({ ...options, teacher: teacher ?? own, translator })
}

/** The student as the teacher that it would be: its file at 8 bits, where it is in the store already. */
async function ownTeacher(store: Store, student: string): Promise<Teacher> {
  const models = await store.selectFrom('models').select(['name', 'source', 'sha256', 'quantisation']).execute()
  const named = models.find(({ name }) => name === student) ?? models.find(({ source }) => source === student)
  const file = named?.quantisation === 'Q8_0' ? named : models.find(({ name }) => name === `${named?.name}.q8_0`)
  return unasked(student, file?.sha256)
}

/** A model of the store as the teacher that it would be: as it is, where it is there already. */
export async function plannedTeacher(store: Store, address: string): Promise<Teacher> {
  const models = await store.selectFrom('models').select(['name', 'source', 'sha256']).execute()
  const named = models.find(({ name }) => name === address) ?? models.find(({ source }) => source === address)
  return unasked(address, named?.sha256)
}

const unasked = (title: string, sha256 = 'none'): Teacher => ({
  name: `local:${sha256}`,
  title,
  concurrency: 8,
  price: { prompt: 0, completion: 0 },
  complete: () => Promise.reject(new Error('a plan asks nobody')),
  dispose: async () => {},
})

function notesOn({ wish, teacher }: PlanOptions, rates: Rates, sizeKnown: boolean): string[] {
  const notes: string[] = []
  if (!sizeKnown) {
    notes.push(
      `The size of ${wish.student} is not known before it is pulled; it is taken for as large as the default student.`,
    )
  }
  if (teacher && rates.teach.from === 'assumed') {
    notes.push(
      `How fast ${teacher.title} answers is not known; ${grouped(rates.teach.perSecond)} tokens a second are assumed: ${rates.teach.basis}.`,
    )
  }
  if (teacher && !teacher.price) {
    notes.push(
      `What ${teacher.title} costs is not known: name its price per million tokens with --price PROMPT,COMPLETION, or write it into prices.json in Endonym's home.`,
    )
  }
  const { prompt, completion, currency, date, file } = teacher?.price ?? {}
  if (date !== undefined) {
    notes.push(
      `${teacher?.title} costs ${prompt} ${currency} per million tokens in and ${completion} ${currency} out, as noted on ${date} in ${file}. Check it, and override it with --price or with prices.json in Endonym's home.`,
    )
  }
  return notes
}

const day = 86_400

function verdictOn({ seconds, price }: RunPlan['total'], { scale }: RunWish, run: string, done: boolean): string {
  if (done) return `Nothing is left to do: the run ${run} has finished every step.`
  const paid = price === undefined ? ', at a price that is not known' : price > 0 ? `, for about ${amount(price)}` : ''
  if (seconds < day) return `${about(seconds)} on this machine${paid}.`
  const advice = {
    paper: 'rent a GPU or take --scale small',
    small: 'rent a GPU, take --scale demo, or a smaller student',
    demo: 'rent a GPU, or take a smaller student or fewer questions',
  }[scale]
  return `${about(seconds)} on this machine${paid}: ${advice}.`
}

function about(seconds: number): string {
  if (seconds >= 1.5 * day) return `About ${grouped(seconds / day)} days`
  if (seconds >= 5400) return `About ${Math.round(seconds / 3600)} hours`
  return seconds >= 90 ? `About ${Math.round(seconds / 60)} minutes` : 'About a minute'
}

const amount = (price: number) => (price >= 1 ? price.toFixed(2) : String(Number(price.toPrecision(2))))
