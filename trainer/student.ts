import path from 'node:path'
import { quantize } from '../models/quantize.ts'
import { importModel, removeModel, type StoredModel } from '../models/store.ts'
import type { Data, Run } from './distill.ts'
import type { LossPoint, TrainingResult } from './engine.ts'
import { openConverter } from './engines/convert.ts'
import { trlEngine } from './engines/trl.ts'

/** A student's GGUF files: whole models at three sizes and, unless all weights were trained, the adapter for the base. */
export type StudentFiles = { adapter?: string; f16: string; q8: string; q4: string }

/** The names in the store of what is served: the whole models and, unless all weights were trained, the adapter on the base. */
export type StudentModels = { adapter?: string; q8: string; q4: string }

/** Fine-tunes the student on the data. A training that was cut off goes on from its last checkpoint. */
export function trainStudent(run: Run, data: Data, onLoss?: (point: LossPoint) => void): Promise<TrainingResult> {
  const { deps, wish, folder, student, stage } = run
  return stage('train', async () => {
    const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
    deps.progress({ stage: 'train', done: 0, unit: 'steps', note: 'loading the student' })
    const base = await converter.toHuggingFace(student)
    return trlEngine(deps.home, deps.runtime.threads).train(data, base, {
      ...deps.recipe.training(wish.options),
      folder: path.join(folder, 'training'),
      progress: deps.progress,
      signal: deps.signal,
      ...(onLoss && { onLoss }),
    })
  })
}

/** Brings what was trained back to GGUF: an adapter as itself and merged, all weights as a model; quantised both. */
export function convertStudent(run: Run, training: Pick<TrainingResult, 'adapter' | 'weights'>): Promise<StudentFiles> {
  const { deps, wish, folder, student, stage } = run
  return stage('convert', async () => {
    const step = { stage: 'convert', total: 4, unit: 'files' }
    const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
    const base = await converter.toHuggingFace(student)
    const files = path.join(folder, 'gguf')
    const name = `${student.name}-${wish.language.bcp47}`
    const file = (name: string) => path.join(files, `${name}.gguf`)
    const adapter = training.weights !== 'full'
    if (adapter) {
      deps.progress({ ...step, done: 0, note: 'adapter' })
      await converter.adapterToGguf(training.adapter, base, file('adapter'), name)
    }
    deps.progress({ ...step, done: 1, note: adapter ? 'merged, 16 bits' : '16 bits' })
    const toGguf = adapter ? converter.mergeToGguf : converter.modelToGguf
    await toGguf(training.adapter, base, file('f16'), name)
    for (const [done, type] of [
      [2, 'Q8_0'],
      [3, 'Q4_K_M'],
    ] as const) {
      deps.progress({ ...step, done, note: type })
      await quantize(file('f16'), file(type.toLowerCase()), type, {
        signal: deps.signal,
        threads: deps.runtime.threads,
      })
    }
    deps.progress({ ...step, done: 4 })
    return { ...(adapter && { adapter: file('adapter') }), f16: file('f16'), q8: file('q8_0'), q4: file('q4_k_m') }
  })
}

/** Puts a student that was proven into the store, under names by which it is served. */
export function registerStudent(run: Run, files: StudentFiles): Promise<StudentModels> {
  const { deps, wish, student, stage, id } = run
  const keep = async (file: string, role: StoredModel['role'], suffix: string) => {
    const stored = await importModel(deps, file, {
      name: await freeName(run, suffix),
      role,
      language: wish.language.iso3,
      // An adapter applies to what was trained; a whole model comes from where that came from.
      base: role === 'adapter' ? student.name : rootOf(student),
      run: id,
      source: `run ${id}`,
      signal: deps.signal,
    })
    return stored.name
  }
  return stage('register', async () => ({
    ...(files.adapter && { adapter: await keep(files.adapter, 'adapter', '.adapter') }),
    q4: await keep(files.q4, 'student', '.q4_k_m'),
    // Last, so that it is the newest of its run: until one is measured, that one is served when only the language is named.
    q8: await keep(files.q8, 'student', ''),
  }))
}

/** The model that a student comes from, however often it was taught since. */
const rootOf = ({ role, base, name }: StoredModel): string => (role === 'student' && base !== null ? base : name)

/**
 * `gl@smollm2-135m-instruct.8c71d2`: the language, the base and the end of the run's id, or all of it where another run has that name. Without the run it would be the name of the first student alone, where
 * it means the best one that there is (server/choose.ts). What this run itself left there before it was cut off makes room.
 */
async function freeName({ deps, wish, student, id }: Run, suffix: string): Promise<string> {
  const named = (run: string) => `${wish.language.bcp47}@${rootOf(student)}.${run}${suffix}`
  const rowNamed = async (name: string) =>
    deps.store.selectFrom('models').select('run').where('name', '=', name).executeTakeFirst()
  const short = named(id.split('-').at(-1) ?? id)
  const taken = await rowNamed(short)
  const free = taken && taken.run !== id ? named(id) : short
  if ((await rowNamed(free))?.run === id) await removeModel(deps, free)
  return free
}
