import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Run } from './distill.ts'
import type { ReportInput } from './report/document.ts'
import { type WrittenReport, writeReport } from './report.ts'

/** Dropped examples that the report card shows, of each filter. */
const shown = 2

/** Writes the report card of a run whose stages are done, and deletes what can be made again: checkpoints, and GGUF files that the store has. */
export async function finish(
  run: Run,
  results: Pick<ReportInput, 'plan' | 'data' | 'training' | 'tuned' | 'merge' | 'models' | 'proof' | 'evaluation'>,
): Promise<WrittenReport> {
  const { deps, id, folder, wish, student, base } = run
  const { store, recipe, runtime } = deps
  const { created_at } = await store
    .selectFrom('runs')
    .select('created_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const report = writeReport({
    ...results,
    folder,
    run: id,
    wish,
    recipe: { name: recipe.name, paper: recipe.paper },
    student,
    base,
    stages: await store.selectFrom('stages').selectAll().where('run', '=', id).orderBy('position').execute(),
    files: await studentFiles(run),
    examples: await droppedExamples(run),
    createdAt: created_at,
    machine: {
      cores: os.availableParallelism(),
      memory: os.totalmem(),
      cpu: os.cpus()[0]?.model ?? 'unknown',
      gpu: runtime.gpu,
      node: process.version,
    },
  })
  fs.rmSync(path.join(folder, 'gguf'), { recursive: true, force: true })
  for (const training of ['training', 'tuning'])
    for (const made of ['checkpoints', 'pre-trained', 'expert', 'merged'])
      fs.rmSync(path.join(folder, training, made), { recursive: true, force: true })
  return report
}

/** The files that the run left in the store. */
async function studentFiles({ deps, id }: Run) {
  const models = await deps.store.selectFrom('models').selectAll().where('run', '=', id).execute()
  return models.map(({ name, role, quantisation, bytes, sha256 }) => ({
    name,
    what: role === 'adapter' ? 'LoRA adapter' : `the student, ${quantisation}`,
    bytes,
    sha256,
  }))
}

/** A few of the examples that each filter dropped, so that a reader can judge the filters. */
async function droppedExamples({ deps, id }: Run) {
  const rows = await deps.store
    .selectFrom((from) =>
      from
        .selectFrom('examples')
        .select(['step', 'dropped_by', 'dropped_reason', 'example_json'])
        .select((eb) =>
          eb.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy(['step', 'dropped_by']).orderBy('position'))
            .as('nth'),
        )
        .where('run', '=', id)
        .where('dropped_by', 'is not', null)
        .as('numbered'),
    )
    .selectAll()
    .where('nth', '<=', shown)
    .execute()
  return rows.map(({ step, dropped_by, dropped_reason, example_json }) => {
    const { target, source, prompt, completion, text } = JSON.parse(example_json)
    const messages = target ?? source ?? [...(prompt ?? []), ...(completion ?? [])]
    return { step, by: dropped_by ?? '', reason: dropped_reason ?? '', text: text ?? textOf(messages) }
  })
}

const textOf = (messages: { content: string }[]) => messages.map(({ content }) => content).join(' → ')
