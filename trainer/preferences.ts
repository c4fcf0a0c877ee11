import fs from 'node:fs'
import path from 'node:path'
import type { Language } from '../data/language.ts'
import { findModel } from '../models/store.ts'
import type { Run } from './distill.ts'
import type { LabelRow, LossPoint, PairRow } from './engine.ts'
import { openConverter } from './engines/convert.ts'
import { trlEngine } from './engines/trl.ts'
import { type Compared, compareScores, scoreRows } from './preferences/measure.ts'
import { type PreferenceRows, splitRows } from './preferences/rows.ts'
import { type Method, type PreferenceSettings, trainingOf } from './preferences/settings.ts'
import { type Proof, proveStudent } from './prove.ts'
import { convertStudent, registerStudent, type StudentModels } from './student.ts'

/** What came of a training on preferences. */
export type PreferenceResult = {
  run: string
  method: Method
  language: string
  /** The names in the store of the student as it was, and as it has become. */
  before: string
  after: string
  models: StudentModels
  /** Rows that were trained on, and that were held out. */
  rows: { trained: number; heldOut: number }
  steps: number
  seconds: number
  loss: { first: number | null; last: number | null }
  /** Of a training of few rows all, else some of them. */
  trained: Compared
  heldOut: Compared | null
  proof: Proof
  /** The command by which people compare the two. */
  compare: string
}

/** Rows of those trained on that are looked at again. */
const mostMeasured = 200

/** The words of the command that lets people compare a model with what it was. */
export const compareCommand = (language: Language, before: string, after: string): string =>
  `endonym sessions create ${language.bcp47} --models ${before} ${after}`

/**
 * Trains a student on what people prefer: rows, training, back to GGUF, proof, store, and what was learned of rows that were held out. Each is done once and remembered, as in `endonym distill`.
 *
 * @throws EndonymError `training_failed`, `proof_failed`
 */
export async function trainOnPreferences(
  run: Run,
  { rows, method }: Pick<PreferenceRows, 'rows' | 'method'>,
  onLoss?: (point: LossPoint) => void,
): Promise<PreferenceResult> {
  const { deps, folder, student, stage, wish, base } = run
  const settings = wish.options as PreferenceSettings
  const { train, heldOut } = splitRows<PairRow | LabelRow>(rows, settings.heldOut, settings.seed)
  const files = { train: path.join(folder, 'train.jsonl'), valid: path.join(folder, 'valid.jsonl') }
  await stage('rows', async () => {
    for (const [file, some] of [
      [files.train, train],
      [files.valid, heldOut],
    ] as const)
      fs.writeFileSync(file, some.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return { trained: train.length, heldOut: heldOut.length }
  })
  const training = await stage('train', async () => {
    const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
    deps.progress({ stage: 'train', done: 0, unit: 'steps', note: 'loading the student' })
    const weights = await converter.toHuggingFace(student)
    const dataset = heldOut.length > 0 ? files : { train: files.train }
    return trlEngine(deps.home, deps.runtime.threads).train(dataset, weights, {
      ...trainingOf(settings, method, train),
      folder: path.join(folder, 'training'),
      progress: deps.progress,
      signal: deps.signal,
      ...(onLoss && { onLoss }),
    })
  })
  const converted = await convertStudent(run, training)
  const proof = await proveStudent(run, converted)
  const models = await registerStudent(run, converted)
  const measured = await stage('measure', async () => {
    const { file } = await findModel(deps, models.q8)
    const some = train.slice(0, mostMeasured)
    const all = [...some, ...heldOut]
    let done = 0
    const total = 2 * all.length
    const onRow = () => deps.progress({ stage: 'measure', done: ++done, total, unit: 'rows' })
    const options = { length: settings.length, signal: deps.signal, onRow }
    // Both at 8 bits, so that the numbers speak of what was learned.
    const before = await scoreRows(deps.runtime, base.file, all, options)
    const after = await scoreRows(deps.runtime, file, all, options)
    const compare = (from: number, to?: number) =>
      compareScores(all.slice(from, to), before.slice(from, to), after.slice(from, to))
    return { trained: compare(0, some.length), heldOut: heldOut.length > 0 ? compare(some.length) : null }
  })
  const losses = training.curve.filter(({ split }) => split === 'train').map(({ loss }) => loss)
  const result: PreferenceResult = {
    run: run.id,
    method,
    language: wish.language.bcp47,
    before: student.name,
    after: models.q8,
    models,
    rows: { trained: train.length, heldOut: heldOut.length },
    steps: training.steps,
    seconds: training.seconds,
    loss: { first: losses[0] ?? null, last: losses.at(-1) ?? null },
    ...measured,
    proof,
    compare: compareCommand(wish.language, student.name, models.q8),
  }
  fs.writeFileSync(path.join(folder, 'preferences.json'), `${JSON.stringify(result, null, 2)}\n`)
  // What can be made again: the store has the models.
  fs.rmSync(path.join(folder, 'gguf'), { recursive: true, force: true })
  fs.rmSync(path.join(folder, 'training', 'checkpoints'), { recursive: true, force: true })
  return result
}
