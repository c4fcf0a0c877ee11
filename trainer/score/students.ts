import fs from 'node:fs'
import path from 'node:path'
import { sha256, sha256File } from '../../core/hash.ts'
import type { Home } from '../../core/home.ts'
import type { Progress } from '../../core/progress.ts'
import { createRandom } from '../../core/random.ts'
import type { StoredModel } from '../../models/store.ts'
import type { TrainingOptions, TrainingRow } from '../engine.ts'
import type { Converter } from '../engines/convert.ts'
import { trlEngine } from '../engines/trl.ts'
import type { Row } from './rows.ts'

/** A student that was taught on a teacher's data: its adapter as GGUF, and on how much. */
export type ScoreStudent = { adapter: string; sha256: string; rows: number; steps: number; seconds: number }

/** The students, each once, in their order: teachers whose data came to the same share one. */
export function distinct<Student extends { sha256: string }>(
  students: readonly (Student | null | undefined)[],
): Student[] {
  return [...new Map(students.flatMap((student) => (student ? [[student.sha256, student] as const] : []))).values()]
}

/** Fewer rows teach nothing that could be measured, and one of them is held out. */
export const fewestRows = 4

/** Evaluations on the held-out rows in a training. */
const evaluations = 3

/**
 * Teaches a short student on a data set. It is kept under the hash of what it was made from, so that another score with the same data (one more teacher, another benchmark) takes it as it is; a training that was
 * cut off goes on from its last checkpoint.
 */
export async function teachStudent(
  rows: readonly Row[],
  context: {
    home: Home
    threads: number
    student: StoredModel
    training: TrainingOptions
    heldOut: number
    converter: () => Promise<Converter>
    progress: Progress
    stage: string
    signal: AbortSignal
  },
): Promise<ScoreStudent> {
  const { home, threads, student, stage, progress, signal } = context
  const { train, valid } = split(rows, context.heldOut)
  const { epochs, batch } = context.training
  const steps = Math.ceil(train.length / batch) * epochs
  const training = { ...context.training, evaluateEvery: Math.max(1, Math.floor(steps / evaluations)) }
  const key = sha256({ student: student.sha256, train, valid, training })
  const folder = path.join(home.cache, 'polyglot-score', key)
  const summary = path.join(folder, 'student.json')
  if (fs.existsSync(summary)) {
    const known = JSON.parse(fs.readFileSync(summary, 'utf8')) as ScoreStudent
    if (fs.existsSync(known.adapter)) return known
  }
  progress({ stage, done: 0, unit: 'steps', note: 'loading the student' })
  fs.mkdirSync(folder, { recursive: true })
  const files = { train: path.join(folder, 'train.jsonl'), valid: path.join(folder, 'valid.jsonl') }
  writeRows(files.train, train)
  writeRows(files.valid, valid)
  const converter = await context.converter()
  const base = await converter.toHuggingFace(student)
  const trained = await trlEngine(home, threads).train(files, base, {
    ...training,
    folder: path.join(folder, 'training'),
    progress: (event) => progress({ ...event, stage }),
    signal,
  })
  const adapter = path.join(folder, 'adapter.gguf')
  await converter.adapterToGguf(trained.adapter, base, adapter, 'student')
  const taught: ScoreStudent = {
    adapter,
    sha256: await sha256File(adapter),
    rows: train.length,
    steps: trained.steps,
    seconds: trained.seconds,
  }
  fs.writeFileSync(`${summary}.part`, JSON.stringify(taught))
  fs.renameSync(`${summary}.part`, summary)
  fs.rmSync(path.join(folder, 'training'), { recursive: true, force: true })
  return taught
}

/** The rows in an order of their own, the first of them held out: at least one. */
function split(rows: readonly Row[], share: number): { train: TrainingRow[]; valid: TrainingRow[] } {
  const shuffled = createRandom('polyglot-score held out')
    .shuffle(rows)
    .map(
      ({ prompt, response }): TrainingRow => ({
        prompt: [{ role: 'user', content: prompt }],
        completion: [{ role: 'assistant', content: response }],
      }),
    )
  const held = Math.max(1, Math.round(rows.length * share))
  return { train: shuffled.slice(held), valid: shuffled.slice(0, held) }
}

function writeRows(file: string, rows: readonly TrainingRow[]): void {
  fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
