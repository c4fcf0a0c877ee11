import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { EndonymError } from '../core/error.ts'
import type { Data, Run } from './distill.ts'
import type { TrainingResult } from './engine.ts'
import { openConverter } from './engines/convert.ts'
import { trlEngine } from './engines/trl.ts'

const bits = z.record(z.string(), z.number())
const sweepSchema = z.object({
  /** Bits per byte of the held-out texts of each kind. */
  instruct: bits,
  sweep: z.array(z.object({ beta: z.number(), bits, score: z.number() })),
  beta: z.number(),
})

/** How the trained model was merged with the instruct model: what each β came to on held-out text, and which was taken. */
export type MergeResult = z.infer<typeof sweepSchema> & {
  /** Folder with the merged model. */
  model: string
}

const preTrained = 'pre-trained'

/** A model in Hugging Face's layout, whatever was trained. */
async function wholeModel(run: Run, training: TrainingResult, base: string, name: string): Promise<string> {
  if (training.weights === 'full') return training.adapter
  const folder = path.join(run.folder, 'training', name)
  // It gets its name when it is whole.
  if (fs.existsSync(folder)) return folder
  const converter = await openConverter(run.deps.home, run.deps.runtime.threads, { signal: run.deps.signal })
  await converter.mergeToModel(training.adapter, base, folder)
  return folder
}

/** Teaches the model that was trained on text the rows of a finished run, where the recipe asks for it. */
export async function tuneStudent(run: Run, training: TrainingResult): Promise<TrainingResult | undefined> {
  const { deps, wish, folder, student, stage } = run
  const tuning = deps.recipe.tuning?.(wish.options)
  if (!tuning) return undefined
  return stage('tune', async () => {
    const { train, valid } = rowsOf(run, tuning.run)
    const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
    const base = await wholeModel(run, training, await converter.toHuggingFace(student), preTrained)
    return trlEngine(deps.home, deps.runtime.threads).train({ train, valid }, base, {
      ...tuning.training,
      folder: path.join(folder, 'tuning'),
      progress: (at) => deps.progress({ ...at, stage: 'tune' }),
      signal: deps.signal,
    })
  })
}

/** Refuses a run whose second training would find no rows, before anything is spent. @throws EndonymError `rows_missing` */
export function checkTuning(run: Run): void {
  const tuning = run.deps.recipe.tuning?.(run.wish.options)
  if (tuning) rowsOf(run, tuning.run)
}

/** @throws EndonymError `rows_missing` */
function rowsOf({ deps }: Run, other: string): { train: string; valid: string } {
  const rows = {
    train: path.join(deps.home.runs, other, 'train.jsonl'),
    valid: path.join(deps.home.runs, other, 'valid.jsonl'),
  }
  if (fs.existsSync(rows.train) && fs.existsSync(rows.valid)) return rows
  throw new EndonymError(
    'rows_missing',
    `The run "${other}", whose rows were to be taught, has none. "endonym runs" lists the runs; name one whose data are made.`,
    { exitCode: 2 },
  )
}

/**
 * Merges what was trained with the instruct model that it started from, and keeps the β that predicts held-out text best, in both languages: β 0 is the instruct model, β 1 what was trained.
 *
 * @param tuned a second training, which went on where the first ended.
 */
export async function mergeStudent(
  run: Run,
  data: Data,
  training: TrainingResult,
  tuned: TrainingResult | undefined,
): Promise<MergeResult | undefined> {
  const { deps, wish, folder, student, stage } = run
  const merge = deps.recipe.merge?.(wish.options)
  if (!merge) return undefined
  return stage('merge', async () => {
    const tried = merge.betas.split(',').length
    deps.progress({ stage: 'merge', done: 0, total: tried, unit: 'values of β' })
    const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
    const instruct = await converter.toHuggingFace(student)
    const first = await wholeModel(run, training, instruct, preTrained)
    const model = path.join(folder, 'training', 'merged')
    let done = 0
    const sweep = await converter.interpolate({
      instruct,
      trained: tuned ? await wholeModel(run, tuned, first, 'expert') : first,
      ...merge,
      heldOut: fs.readFileSync(data.valid, 'utf8'),
      output: model,
      onValue: () => deps.progress({ stage: 'merge', done: ++done, total: tried, unit: 'values of β' }),
    })
    return { ...sweepSchema.parse(JSON.parse(sweep)), model }
  })
}
