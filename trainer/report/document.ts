import path from 'node:path'
import type { StageRow } from '../../data/schema.ts'
import type { Evaluation } from '../../evaluator/evaluate.ts'
import type { Data, RunWish } from '../distill.ts'
import type { TrainingResult } from '../engine.ts'
import type { MergeResult } from '../merge.ts'
import type { PlanStep } from '../plan.ts'
import type { Proof } from '../prove.ts'
import type { StudentModels } from '../student.ts'
import { judge, type Verdict } from './verdict.ts'

/** A file that a run used or left. */
export type ReportFile = { name: string; what: string; bytes: number; sha256: string }

/** What a report card is written from. */
export type ReportInput = {
  /** The run's folder: the report and its pictures are written there. */
  folder: string
  run: string
  wish: RunWish
  recipe: { name: string; paper: string }
  /** The base model, as it was pulled. */
  student: { name: string; sha256: string; parameters: number; quantisation: string; bytes: number }
  /** The same at 8 bits: what taught, and what the student is compared with. */
  base: { name: string; sha256: string; quantisation: string; bytes: number }
  data: Data
  training: TrainingResult
  /** A second training, on another run's rows. */
  tuned?: TrainingResult
  merge?: MergeResult
  models: StudentModels
  proof: Proof
  evaluation: Evaluation
  stages: readonly StageRow[]
  /** What the run would ask at most, as it was planned when it began. */
  plan?: readonly PlanStep[]
  /** A few examples that were dropped, for the funnel. */
  examples: readonly { step: string; by: string; reason: string; text: string }[]
  /** The student's files in the store, with their hashes. */
  files?: readonly ReportFile[]
  /** ISO 8601. */
  createdAt: string
  machine: { cores: number; memory: number; cpu: string; gpu: string | false; node: string }
}

/** What a stage cost, summed over every time that it was taken up. */
export type StageCost = {
  name: string
  done: boolean
  seconds: number
  /** Bytes. */
  peakMemory: number
  /** Questions that were asked, and that memory answered. */
  asked: number
  remembered: number
  promptTokens: number
  completionTokens: number
  /** In the currency of the price file: of everything that was used, and of what memory did not have. */
  price: number
  spent: number
}

/**
 * The report card as one document, `report.json`: everything that the page shows and the pictures draw, and the rest of the truth.
 *
 * `version` changes when a field is renamed, removed or changes its meaning. Paths are relative to the run's folder.
 */
export type Report = Omit<ReportInput, 'folder' | 'stages' | 'files'> & {
  version: 1
  verdict: Verdict
  stages: StageCost[]
  /** `peakMemory` is the highest of any stage; the others are sums. */
  total: Omit<StageCost, 'name' | 'done'>
  files: readonly ReportFile[]
}

/** @param files hashes of the files in the run's folder. */
export function createReport(input: ReportInput, files: readonly ReportFile[]): Report {
  const {
    folder,
    stages: rows,
    files: stored = [],
    student,
    base,
    recipe,
    data,
    training,
    tuned,
    merge,
    ...rest
  } = input
  const relative = (file: string) => (path.isAbsolute(file) ? path.relative(folder, file) : file)
  const stages = rows.toSorted((a, b) => a.position - b.position).map(costOf)
  return {
    version: 1,
    verdict: judge(input.evaluation, { language: input.wish.language.name, rich: 'English', richIso3: 'eng' }),
    ...rest,
    recipe: { name: recipe.name, paper: recipe.paper },
    // Field by field: a model of the store also knows its place on this machine, which is nobody's business.
    student: { ...fileOf(student), parameters: student.parameters },
    base: fileOf(base),
    data: { ...data, train: relative(data.train), valid: relative(data.valid) },
    training: { ...training, adapter: relative(training.adapter) },
    ...(tuned && { tuned: { ...tuned, adapter: relative(tuned.adapter) } }),
    ...(merge && { merge: { ...merge, model: relative(merge.model) } }),
    stages,
    total: {
      seconds: sum(stages, 'seconds'),
      peakMemory: Math.max(0, ...stages.map(({ peakMemory }) => peakMemory)),
      promptTokens: sum(stages, 'promptTokens'),
      completionTokens: sum(stages, 'completionTokens'),
      price: sum(stages, 'price'),
      asked: sum(stages, 'asked'),
      remembered: sum(stages, 'remembered'),
      spent: sum(stages, 'spent'),
    },
    files: [...stored, ...files],
  }
}

const fileOf = ({ name, sha256, quantisation, bytes }: ReportInput['base']) => ({ name, sha256, quantisation, bytes })

const costOf = (row: StageRow): StageCost => ({
  name: row.name,
  done: row.status === 'done',
  seconds: row.seconds,
  peakMemory: row.peak_memory,
  asked: row.asked,
  remembered: row.remembered,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  price: row.price,
  spent: row.spent,
})

const sum = (stages: readonly StageCost[], field: Exclude<keyof StageCost, 'name' | 'done' | 'peakMemory'>) =>
  stages.reduce((total, stage) => total + stage[field], 0)
