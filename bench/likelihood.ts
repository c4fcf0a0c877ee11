import { resolveLanguage } from '../data/languages.ts'
import { createExaminer } from '../evaluator/examine.ts'
import { ggufExaminee } from '../evaluator/examinee.ts'
import { openHub } from '../evaluator/hub.ts'
import { openRuntime } from '../models/llama.ts'
import type { Model } from '../models/runtime.ts'
import { openConverter } from '../trainer/engines/convert.ts'
import { harness } from './harness.ts'
import { type Task, task } from './rows.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'

/** So many that what rows share is as it is in a whole data set: nearly all of three examples of Belebele, half a passage. */
const sets = [
  { set: 'sib-200', language: 'English', limit: 64, shots: 0 },
  { set: 'sib-200', language: 'English', limit: 64, shots: 3 },
  { set: 'belebele', language: 'English', limit: 64, shots: 0 },
  { set: 'belebele', language: 'English', limit: 32, shots: 3 },
] as const

/**
 * Rows of multiple choice a second: by `endonym evaluate`, by lm-evaluation-harness (its `hf` backend, the same weights as 32-bit floats, the same cores, batches of 8), and by our own scorer
 * asked for one continuation at a time, with nothing kept of the one before. The rows come from the hub (`HF_ENDPOINT`).
 */
export async function likelihood({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const student = await pulledStudent({ home })
  const pretrained = await (await openConverter(home, threads)).toHuggingFace(student)
  const file = await studentAtEightBits(student, { folder })
  const hub = openHub({ cache: home.cache })

  const lines: Comparison[] = []
  for (const { set, language, limit, shots } of sets) {
    const rows = await task(set, resolveLanguage(language), { hub, folder, limit, shots })
    // The harness examines every row of its file but where examples come from it.
    const { seconds, tasks } = await harness(home, threads, {
      model: 'hf',
      model_args: { pretrained, device: 'cpu', dtype: 'float32' },
      batch_size: 8,
      shots,
      limit,
      tasks: { [rows.name]: rows.harness },
    })
    const peer = (tasks[rows.name]?.predictions.length ?? 0) / seconds
    const ours = await evaluated(rows, file)
    const alone = await oneByOne(rows, file)
    lines.push(
      { what: `${rows.name}: rows/s, against lm-evaluation-harness`, ours, peer, unit: 'rows/s', least: 3 },
      { what: `${rows.name}: rows/s, against one at a time`, ours, peer: alone, unit: 'rows/s', least: 2 },
    )
  }
  return lines
}

/** Rows a second of an evaluation. The model is loaded before. */
async function evaluated({ items }: Task, file: string): Promise<number> {
  const runtime = await openRuntime({ gpu: false })
  const model = await runtime.load(file)
  const examinee = ggufExaminee(async () => ({ ...runtime, load: async () => model }), {
    name: 'student',
    file,
    sha256: 'student',
  })
  const examiner = createExaminer(examinee, {
    // Nothing is remembered.
    rememberAll: async (questions, ask) => await ask([...questions.keys()]),
    progress: () => {},
  })
  const { seconds, results } = await examiner.examine(items, 'student')
  await examiner.close()
  await runtime.dispose()
  return results.length / seconds
}

/** The slow path is measured on so many. */
const fewer = 8

/** Rows a second where each continuation is a text of its own. */
async function oneByOne({ items }: Task, file: string): Promise<number> {
  const runtime = await openRuntime({ gpu: false })
  const model: Model = await runtime.load(file)
  const scorer = await model.openScorer()
  const started = performance.now()
  const some = items.slice(0, fewer)
  for (const item of some) {
    if (!('asks' in item)) continue
    for (const { prompt, continuations } of item.asks) {
      for (const continuation of continuations) {
        await scorer.score(String(prompt), [continuation])
        await scorer.forget()
      }
    }
  }
  const seconds = (performance.now() - started) / 1000
  await scorer.dispose()
  await model.dispose()
  await runtime.dispose()
  return some.length / seconds
}
