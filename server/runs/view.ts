import { machineBusy } from '../../core/lock.ts'
import { languageNamed } from '../../data/languages.ts'
import { describeRun, type HistoryDeps, listRuns, type RunSummary } from '../../trainer/history.ts'
import type { PlanStep } from '../../trainer/plan.ts'
import { recipes } from '../../trainer/recipes.ts'
import type { Runner } from './runner.ts'

/** What a page needs to know of a language. */
export const languageView = (tag: string, name: string) => {
  const language = languageNamed(tag)
  return {
    tag,
    name: language?.name ?? name,
    endonym: language?.endonym ?? null,
    direction: language?.direction ?? 'ltr',
  }
}

/** A step of a run, as whoever watches sees it. */
export type StepView = {
  name: string
  /** In English. */
  title: string | null
  state: 'waiting' | 'running' | 'done'
  seconds: number
  /** Requests that were made, and that memory answered. */
  asked: number
  remembered: number
  failed: number
  promptTokens: number
  completionTokens: number
  spent: number
  progress: { done: number; total: number | null; unit: string | null; note: string | null } | null
  /** Examples that it kept, and dropped by filter. */
  kept: number | null
  dropped: Record<string, number>
  /** What it was to ask at most. */
  planned: { requests: number; seconds: number } | null
}

export type RunView = Awaited<ReturnType<typeof viewRun>>

/** Stages that follow the recipe's steps. Those in brackets only some recipes have. */
const later = ['data', 'train', '[tune]', '[merge]', 'convert', 'prove', 'register', 'evaluate']

export type ViewDeps = HistoryDeps & { runner: Runner }

/** A run in one line. What its process says goes before what the database has of it, which may lack it still. */
export function viewSummary({ runner }: ViewDeps, run: RunSummary) {
  const { language, tag, ...rest } = run
  return { ...rest, language: languageView(tag, language), ...stateOf(runner, run) }
}

function stateOf(runner: Runner, { id, status, error }: RunSummary) {
  const job = runner.job(id)
  const live = job && job.state !== 'ended'
  if (live) return { status: job.state === 'stopping' ? ('stopping' as const) : ('running' as const), error: null }
  // A process that failed before it came to the run has written nothing down.
  const early = status === 'stopped' ? job?.failure : undefined
  return { status: early === undefined ? status : ('failed' as const), error: error ?? early ?? null }
}

/** Runs that this server knows: those of the database, and one that has not come so far. */
export async function viewRuns(deps: ViewDeps) {
  const runs = await listRuns(deps)
  return runs.map((run) => viewSummary(deps, run))
}

/** Everything of a run that is watched: its steps, what they cost and what they kept. */
export async function viewRun(deps: ViewDeps, run: RunSummary) {
  const { store, runner } = deps
  const { wish, command, report, stages, funnel, models } = await describeRun(deps, run)
  const plan = await plannedSteps(store, run.id)
  const recipe = recipes.find(({ name }) => name === run.recipe)
  const titles = new Map(recipe?.steps(wish.options, wish.language).map(({ name, title }) => [name, title]))
  const begun = new Set(stages.map(({ name }) => name))
  const known = (name: string) => !name.startsWith('[') || begun.has(name.slice(1, -1))
  const expected = recipe ? [...titles.keys(), ...later.filter(known).map((name) => name.replace(/[[\]]/g, ''))] : []
  const names = [...new Set([...expected, ...begun])].filter((name) => name !== 'plan')
  const job = runner.job(run.id)
  const live = job !== undefined && job.state !== 'ended'
  const under = live || run.status === 'running'
  const steps = names.map((name): StepView => {
    const stage = stages.find((stage) => stage.name === name)
    const made = funnel.find(({ step }) => step === name)
    const planned = plan.find(({ step }) => step === name)
    const progress = stage?.status === 'running' && under ? stage.progress : undefined
    return {
      name,
      title: titles.get(name) ?? null,
      state: stage?.status === 'done' ? 'done' : stage && under ? 'running' : 'waiting',
      seconds: stage?.seconds ?? 0,
      asked: stage?.asked ?? 0,
      remembered: stage?.remembered ?? 0,
      failed: stage?.failed ?? 0,
      promptTokens: stage?.promptTokens ?? 0,
      completionTokens: stage?.completionTokens ?? 0,
      spent: stage?.spent ?? 0,
      progress: progress
        ? {
            done: progress.done,
            total: progress.total ?? null,
            unit: progress.unit ?? null,
            note: progress.note ?? null,
          }
        : null,
      kept: made?.kept ?? null,
      dropped: made?.dropped ?? {},
      planned: planned ? { requests: planned.requests, seconds: planned.seconds } : null,
    }
  })
  const saying = runner.saying(run.id) ?? null
  return {
    ...viewSummary(deps, run),
    student: wish.student,
    teacher: wish.teacher,
    translator: wish.translator,
    replay: wish.replay !== undefined,
    /** Whether it ends when the data are made, where this server has begun it. */
    dataOnly: job?.dataOnly ?? false,
    /** Whether this server can stop it, and go on with it. */
    ours: live,
    continuable: recipe !== undefined && !under && run.status !== 'done',
    spent: stages.reduce((sum, { spent }) => sum + spent, 0),
    /** Whether it has a report card; other trainings write reports of another kind. */
    report: recipe !== undefined && report !== undefined,
    command,
    steps,
    models,
    /** The last that its process said, in English; and whether it waits for another computation on this machine. */
    saying,
    waiting: saying === machineBusy && !steps.some(({ state }) => state === 'running'),
  }
}

/** What the steps were to ask, as it was planned when the run began. */
async function plannedSteps(store: ViewDeps['store'], run: string): Promise<PlanStep[]> {
  const stage = await store
    .selectFrom('stages')
    .select('output_json')
    .where('run', '=', run)
    .where('name', '=', 'plan')
    .executeTakeFirst()
  return JSON.parse(stage?.output_json ?? '[]') as PlanStep[]
}
