import { sql } from 'kysely'
import type { Store } from '../data/database.ts'
import { defaultStudent } from '../models/sources.ts'
import type { RunWish } from './distill.ts'
import type { TrainingResult } from './engine.ts'

/** How fast something goes, and how that is known. */
export type Rate = {
  perSecond: number
  /** `measured`: on this machine, by the run that `basis` names; `default`: on two cores without a GPU; `assumed`: nobody measured it. */
  from: 'measured' | 'default' | 'assumed'
  basis: string
}

export type Rates = {
  /** Tokens that the student writes, eight answers at once. */
  generate: Rate
  /** Tokens that the teacher writes; the student's own where it teaches itself. */
  teach: Rate
  /** Texts that the translator takes. */
  translate: Rate
  /** Tokens that are trained on, loading included. */
  train: Rate
  /** Tokens of a text that is scored. */
  score: Rate
}

/** SmolLM2-135M on two cores with AVX2: see docs/design.md, "Measured". Other students' rates follow from their size. */
const defaults = { generate: 120, translate: 200, train: 140, score: 594 }
const defaultParameters = 134_515_008
const twoCores = 'two cores without a GPU'

/** Eight requests at once, each as fast as hosted models commonly write. */
const remoteTeacher: Rate = { perSecond: 400, from: 'assumed', basis: 'eight answers at once, 50 tokens a second each' }

/** Below this a stage's time is its start, not its work. */
const enough = { answers: 2_000, responses: 2_000, translations: 200, train: 10_000 }

/**
 * What a plan's times follow from: the newest finished run on this machine with the same student, teacher or translator that was large enough to tell; else the documented defaults.
 */
export async function ratesFor(store: Store, wish: RunWish): Promise<Rates> {
  const size = await sizeOf(store, wish.student)
  const byDefault = (perSecond: number): Rate => ({
    perSecond: (perSecond * defaultParameters) / size.parameters,
    from: size.known ? 'default' : 'assumed',
    basis: size.known ? twoCores : `${twoCores}, and a student as large as ${defaultStudent.name}`,
  })
  const stages = await finishedStages(store)
  const measure = async (name: keyof typeof enough, same: (run: RunWish) => boolean): Promise<Rate | undefined> => {
    for (const stage of stages) {
      if (stage.name !== name || !same(stage.wish)) continue
      const amount = await amountOf(store, stage)
      if (amount >= enough[name]) return { perSecond: amount / stage.seconds, from: 'measured', basis: stage.run }
    }
    return undefined
  }
  // What recipes call the step in which a teacher answers.
  const measureAnswers = async (same: (run: RunWish) => boolean) =>
    (await measure('answers', same)) ?? (await measure('responses', same))
  const ownRate =
    (await measureAnswers((run) => run.teacher === 'self' && run.student === wish.student)) ??
    byDefault(defaults.generate)
  const self = wish.teacher === 'self'
  return {
    generate: ownRate,
    teach: self
      ? ownRate
      : ((await measureAnswers((run) => run.teacher === wish.teacher)) ?? (await teacherRate(store, wish.teacher))),
    translate: (await measure('translations', (run) => run.translator === wish.translator)) ?? {
      perSecond: defaults.translate,
      from: 'default',
      basis: twoCores,
    },
    train: (await measure('train', (run) => run.student === wish.student)) ?? byDefault(defaults.train),
    score: byDefault(defaults.score),
  }
}

/** A teacher that nobody has measured: a local one follows from its size. */
async function teacherRate(store: Store, teacher: string): Promise<Rate> {
  if (!teacher.startsWith('local:')) return remoteTeacher
  const { times, known } = await sizeOf(store, teacher.slice('local:'.length))
  return { perSecond: defaults.generate / times, from: known ? 'default' : 'assumed', basis: twoCores }
}

/** Seconds that a stage of the same student took in the newest finished run, or undefined. */
export async function measuredSeconds(store: Store, wish: RunWish, name: string): Promise<number | undefined> {
  const stages = await finishedStages(store)
  return stages.find((stage) => stage.name === name && stage.wish.student === wish.student)?.seconds
}

/** How much larger than the default student a student is, as far as that is known. */
export async function sizeOf(
  store: Store,
  student: string,
): Promise<{ parameters: number; times: number; known: boolean }> {
  const row = await store
    .selectFrom('models')
    .select('parameters')
    .where((eb) => eb.or([eb('name', '=', student), eb('source', '=', student)]))
    .where('role', '!=', 'adapter')
    .executeTakeFirst()
  // Names say it where the file is not here yet: Qwen3-0.6B, SmolLM2-360M.
  const [, number, unit = ''] =
    student === defaultStudent.name ? [] : (/(?<![\d.])(\d+(?:\.\d+)?)(b|m)(?![a-z0-9])/i.exec(student) ?? [])
  const named = number === undefined ? undefined : Number(number) * (unit.toLowerCase() === 'b' ? 1e9 : 1e6)
  const parameters = row?.parameters ?? named ?? defaultParameters
  const known = row !== undefined || named !== undefined || student === defaultStudent.name
  return { parameters, times: parameters / defaultParameters, known }
}

type Finished = { run: string; name: string; seconds: number; output: string | null; created: string; wish: RunWish }

/** Stages that are done, the newest run's first. */
async function finishedStages(store: Store): Promise<Finished[]> {
  const rows = await store
    .selectFrom('stages')
    .innerJoin('runs', 'runs.id', 'stages.run')
    .select(['run', 'name', 'seconds', 'output_json as output', 'runs.created_at as created', 'runs.options_json'])
    .where('stages.status', '=', 'done')
    .where('seconds', '>', 0)
    .orderBy('runs.created_at', 'desc')
    .execute()
  return rows.map(({ options_json, ...stage }) => ({ ...stage, wish: JSON.parse(options_json) as RunWish }))
}

/** How much work a stage's seconds went into. What was remembered from before the run took none. */
async function amountOf(store: Store, stage: Finished): Promise<number> {
  if (stage.name === 'train') return (JSON.parse(stage.output ?? '{}') as Partial<TrainingResult>).tokens ?? 0
  const ofTeacher = stage.name !== 'translations'
  const fresh = await store
    .selectFrom('completions')
    .select((eb) => [
      eb.fn.countAll<number>().as('requests'),
      eb.fn.sum<number | null>('completion_tokens').as('tokens'),
    ])
    .where('kind', '=', ofTeacher ? 'teacher' : 'translation')
    .where('created_at', '>=', stage.created)
    .where(
      sql<boolean>`hash in (
        select each.value from examples, json_each(examples.requests_json) as each
        where examples.run = ${stage.run} and examples.step = ${stage.name}
      )`,
    )
    .executeTakeFirstOrThrow()
  return ofTeacher ? (fresh.tokens ?? 0) : fresh.requests
}
