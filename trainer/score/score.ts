import fs from 'node:fs'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import { createRandom } from '../../core/random.ts'
import type { Examinee } from '../../evaluator/benchmark.ts'
import { ggufExaminee } from '../../evaluator/examinee.ts'
import { openFolder } from '../../evaluator/folder.ts'
import { openHub } from '../../evaluator/hub.ts'
import { pullModel } from '../../models/sources.ts'
import type { Run } from '../distill.ts'
import { openConverter } from '../engines/convert.ts'
import { type Funnel, keptExamples, recordExamples } from '../examples.ts'
import type { Teacher } from '../teacher.ts'
import { makeRows } from './data.ts'
import { type Judged, judgeRows } from './judge.ts'
import { type ScoreResult, scoreResult } from './result.ts'
import { type Measured, measureRows, type Row } from './rows.ts'
import { chooseSeeds } from './seeds.ts'
import { polyglotScoreRecipe, type Strategy, scoreLimits } from './settings.ts'
import { distinct, fewestRows, type ScoreStudent, teachStudent } from './students.ts'
import { type Extrinsic, openTasks, tryStudents } from './tasks.ts'
import { type Candidate, type Endpoint, openModel, parseCandidate, parseCandidates } from './teachers.ts'
import { type ScoreWish, strategiesOf } from './wish.ts'

/** A teacher's data by one strategy: what is compared. */
export type Cell = { teacher: Candidate; strategy: Strategy }

/** How many rows were asked for, and what became of them. */
export type Kept = Funnel & { asked: number }

/** A score as it is made; endpoints are opened by whoever knows their prices and the budget. */
export type ScoreRun = Run & { wish: ScoreWish; openEndpoint(endpoint: Endpoint): Promise<Teacher> }

/**
 * The Polyglot Score of teachers (Polyglot Teachers, arXiv 2604.11290): each makes small data sets, which are measured by themselves and by what a short student gains from them.
 *
 * Every stage is done once: a score that was cut off goes on where it was, and one that is finished is only read again.
 */
export async function scoreTeachers(run: ScoreRun): Promise<ScoreResult> {
  const { wish } = run
  const settings = wish.options
  const candidates = parseCandidates(settings.teachers)
  const cells = candidates.flatMap((teacher) => strategiesOf(settings).map((strategy): Cell => ({ teacher, strategy })))

  const kept: Kept[] = []
  for (const teacher of candidates) kept.push(...(await makeData(run, teacher)))
  const rows: Row[][] = []
  for (const cell of cells) rows.push(await readRows(run, cell))
  const large = cells.map((_, nth) => (rows[nth]?.length ?? 0) >= fewestRows)

  const judgements = await judgeData(run, candidates, cells, rows)
  const measured = await measureData(run, rows, large)
  const tasks = await chooseTasks(run)
  const students = tasks.names.length > 0 ? await teach(run, cells, rows) : cells.map(() => null)
  const extrinsic = tasks.names.length > 0 ? await tryAll(run, tasks.names, students) : undefined
  const result = scoreResult({
    run: run.id,
    wish,
    base: run.base.name,
    cells: cells.map(({ teacher, strategy }, nth) => ({
      teacher: teacher.title,
      strategy,
      asked: kept[nth]?.asked ?? 0,
      kept: kept[nth]?.kept ?? 0,
      judged: judgements[nth],
      measured: measured[nth] ?? undefined,
      student: students[nth] ?? undefined,
    })),
    extrinsic,
    notes: tasks.notes,
  })
  fs.writeFileSync(path.join(run.folder, 'score.json'), JSON.stringify(result, null, 2))
  return result
}

const stepOf = ({ teacher, strategy }: Cell) => `${strategy}/${teacher.title}`

/** A teacher's data sets; it is loaded once for all its strategies. */
function makeData(run: ScoreRun, candidate: Candidate): Promise<Kept[]> {
  const { wish, deps, stage, memory, id } = run
  const settings = wish.options
  return withTeacher(candidate, run, async (teacher) => {
    const kept: Kept[] = []
    for (const strategy of strategiesOf(settings)) {
      const step = stepOf({ teacher: candidate, strategy })
      const makeSet = async () => {
        const files = { english: settings.seeds, native: settings.prompts }
        const seeds = chooseSeeds(settings.rows, files, createRandom(`polyglot-score seeds ${settings.seed}`))
        const context = { ...deps, language: wish.language, seeds, settings, memory }
        const made = await recordExamples(deps.store, id, step, makeRows(strategy, await teacher(), context))
        return { asked: settings.rows, ...made }
      }
      kept.push(await stage(step, makeSet))
    }
    return kept
  })
}

async function readRows({ deps, id }: ScoreRun, cell: Cell): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { prompt, completion } of keptExamples(deps.store, id, stepOf(cell))) {
    rows.push({ prompt: prompt?.at(-1)?.content ?? '', response: completion?.at(-1)?.content ?? '' })
  }
  return rows
}

/** The judge that was named; else the next teacher in the list, so that none judges itself where there are several. */
function judgeOf(candidates: readonly Candidate[], judged: Candidate, named: string | undefined): Candidate {
  if (named !== undefined) return candidates.find(({ address }) => address === named) ?? parseCandidate(named)
  return candidates[(candidates.indexOf(judged) + 1) % candidates.length] ?? judged
}

async function judgeData(
  run: ScoreRun,
  candidates: readonly Candidate[],
  cells: readonly Cell[],
  rows: readonly Row[][],
): Promise<Judged[]> {
  const { wish, deps, stage, memory } = run
  const judged: Judged[] = []
  for (const candidate of candidates) {
    const judge = judgeOf(candidates, candidate, wish.options.judge)
    await withTeacher(judge, run, async (teacher) => {
      for (const [nth, cell] of cells.entries()) {
        if (cell.teacher !== candidate) continue
        const name = `judge/${stepOf(cell)}`
        const some = (rows[nth] ?? []).slice(0, wish.options.judged)
        const judgement = await stage(name, async () =>
          judgeRows(await teacher(), some, { ...deps, memory, language: wish.language, stage: name }),
        )
        judged.push({ ...judgement, judge: judge.title, self: judge.address === candidate.address })
      }
    })
  }
  return judged
}

/** The numbers of each data set that is large enough, with one load of the base and the embedder for all. */
function measureData(run: ScoreRun, rows: readonly Row[][], large: readonly boolean[]): Promise<(Measured | null)[]> {
  const { wish, deps, stage, memory, base } = run
  return stage('measure', async () => {
    const model = await deps.runtime.load(base.file, { signal: deps.signal })
    const named = wish.options.embedder
    const other = named === undefined ? undefined : await pullModel(deps, named, deps)
    const embedder = other ? await deps.runtime.load(other.file, { signal: deps.signal }) : model
    const scorer = await model.openScorer()
    const total = rows.reduce((sum, set, nth) => sum + (large[nth] ? set.length : 0), 0)
    let done = 0
    const onRow = () => deps.progress({ stage: 'measure', done: ++done, total, unit: 'responses' })
    try {
      const measured: (Measured | null)[] = []
      for (const [nth, set] of rows.entries()) {
        const context = {
          language: wish.language,
          embedder,
          base: { model, scorer, sha256: base.sha256 },
          memory,
          signal: deps.signal,
          onRow,
        }
        measured.push(large[nth] ? await measureRows(set, context) : null)
      }
      return measured
    } finally {
      await scorer.dispose()
      if (embedder !== model) await embedder.dispose()
      await model.dispose()
    }
  })
}

/** One student for each cell, or for each teacher; null where the data are too few. Cells of a teacher whose student they share have the same one. */
async function teach(run: ScoreRun, cells: readonly Cell[], rows: readonly Row[][]): Promise<(ScoreStudent | null)[]> {
  const { wish, deps, stage, student } = run
  const settings = wish.options
  const shared = settings.students === 'teacher'
  const converter = once(() => openConverter(deps.home, deps.runtime.threads, { signal: deps.signal }))
  const students: (ScoreStudent | null)[] = []
  for (const [nth, cell] of cells.entries()) {
    const name = `train/${shared ? cell.teacher.title : stepOf(cell)}`
    const data = shared ? rows.filter((_, other) => cells[other]?.teacher === cell.teacher).flat() : (rows[nth] ?? [])
    const first = cells.findIndex(({ teacher }) => teacher === cell.teacher)
    if (shared && first < nth) {
      students.push(students[first] ?? null)
      continue
    }
    students.push(
      await stage(name, async () => {
        if (data.length < fewestRows) return null
        return teachStudent(data, {
          home: deps.home,
          threads: deps.runtime.threads,
          student,
          training: polyglotScoreRecipe.training(settings),
          heldOut: settings.heldOut,
          converter: converter.get,
          progress: deps.progress,
          stage: name,
          signal: deps.signal,
        })
      }),
    )
  }
  return students
}

/**
 * Which held-out tasks there are, before anything is trained for them. None that can be had is no failure where none was named: the data are compared by themselves then.
 *
 * @throws EndonymError `nothing_measured` where they were named.
 */
function chooseTasks(run: ScoreRun): Promise<{ names: readonly string[]; notes: string[] }> {
  return run.stage('tasks', async () => {
    try {
      const { names, notes } = await openNamedTasks(run, namesOf(run.wish))
      return { names, notes }
    } catch (error) {
      const unnamed = run.wish.options.benchmark === undefined
      if (!unnamed || !(error instanceof EndonymError) || error.code !== 'nothing_measured') throw error
      return { names: [], notes: [error.message] }
    }
  })
}

const namesOf = ({ options }: ScoreWish) => options.benchmark?.split(',').map((name) => name.trim()) ?? []

function openNamedTasks({ wish, deps }: ScoreRun, names: readonly string[]) {
  const { data } = wish.options
  const hub = data === undefined ? openHub({ cache: deps.home.cache }) : openFolder(data)
  return openTasks(names, wish.language, { ...deps, hub, limit: wish.limit ?? scoreLimits[wish.scale] })
}

/** What the students gain on the held-out tasks; a student that several cells share is asked once. */
function tryAll(
  run: ScoreRun,
  names: readonly string[],
  students: readonly (ScoreStudent | null)[],
): Promise<Extrinsic> {
  const { wish, deps, stage, memory, base } = run
  const { reference: named } = wish.options
  return stage('try', async () => {
    const tasks = await openNamedTasks(run, names)
    const runtime = async () => deps.runtime
    const reference = named === undefined ? undefined : await pullModel(deps, named, deps)
    const taught = distinct(students)
    const onBase = (adapter: ScoreStudent, nth: number): Examinee => {
      const name = `student ${nth + 1} of ${taught.length}`
      const model = { name, file: base.file, sha256: base.sha256 }
      return ggufExaminee(
        runtime,
        { ...model, adapter: { file: adapter.adapter, sha256: adapter.sha256 } },
        deps.signal,
      )
    }
    const models = {
      base: ggufExaminee(runtime, { name: 'base', file: base.file, sha256: base.sha256 }, deps.signal),
      students: taught.map(onBase),
      ...(reference && { reference: ggufExaminee(runtime, reference, deps.signal) }),
    }
    return tryStudents(tasks, models, { ...deps, rememberAll: memory.rememberAll })
  })
}

/** What is opened when it is first asked for; `opened` says whether it was. */
function once<T>(open: () => Promise<T>): { get(): Promise<T>; opened(): Promise<T> | undefined } {
  let opening: Promise<T> | undefined
  return {
    get: () => {
      opening ??= open()
      return opening
    },
    opened: () => opening,
  }
}

/** Opens a teacher when it is first needed, if it is, for as long as the work takes. */
async function withTeacher<T>(
  candidate: Candidate,
  { deps, openEndpoint }: ScoreRun,
  work: (teacher: () => Promise<Teacher>) => Promise<T>,
): Promise<T> {
  const { get, opened } = once(() =>
    candidate.endpoint ? openEndpoint(candidate.endpoint) : openModel(candidate, deps),
  )
  try {
    return await work(get)
  } finally {
    await (await opened()?.catch(() => undefined))?.dispose()
  }
}
