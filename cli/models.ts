import { formatBytes } from '../core/files.ts'
import type { ModelRow } from '../data/schema.ts'
import { pullModel } from '../models/sources.ts'
import {
  importModel,
  listModels,
  type ModelDeps,
  nameOf,
  removeModel,
  type StoredModel,
  verifyModel,
} from '../models/store.ts'
import type { Context, Register } from './command.ts'

const register: Register = (program, action) => {
  const models = program.command('models').description('the store of models: list, pull, import, verify, rm')

  models
    .command('list', { isDefault: true })
    .description('what the store has')
    .action(
      action(async (context) => {
        const rows = await context.withStore(listModels)
        context.print(rows, rows.length > 0 ? table(rows) : 'No models yet: endonym models pull smollm2-135m-instruct')
      }),
    )

  models
    .command('pull <address>')
    .description('smollm2-135m-instruct, hf:owner/repo, hf:owner/repo/file.gguf, https://…/file.gguf or a file')
    .option('--name <name>', 'what to call it (default: the name of its file)')
    .action(
      action(async (context, address: string, { name }: { name?: string }) => {
        const { progress, signal } = context
        const options = { progress, signal, ...(name !== undefined && { name }) }
        const model = await withModels(context, (deps) => pullModel(deps, address, options))
        context.print(model, described(model))
      }),
    )

  models
    .command('import <file>')
    .description('copy a GGUF file into the store')
    .option('--name <name>', 'what to call it (default: the name of its file)')
    .action(
      action(async (context, file: string, { name = nameOf(file) }: { name?: string }) => {
        const { signal } = context
        const model = await withModels(context, (deps) => importModel(deps, file, { name, signal }))
        context.print(model, described(model))
      }),
    )

  models
    .command('verify <name>')
    .description("compare a model's file with its SHA-256")
    .action(
      action(async (context, name: string) => {
        const model = await withModels(context, (deps) => verifyModel(deps, name))
        context.print(model, `${name} is whole: ${model.sha256}`)
      }),
    )

  models
    .command('rm <name>')
    .description('remove a model')
    .action(
      action(async (context, name: string) => {
        const { freed } = await withModels(context, (deps) => removeModel(deps, name))
        const kept = 'its file stays, because another name uses it'
        context.print({ name, freed }, `Removed ${name}: ${freed > 0 ? `${formatBytes(freed)} freed` : kept}.`)
      }),
    )
}

export default register

/** Runs work on the store of models, with the person told when it has to wait for another process. */
export async function withModels<T>(context: Context, work: (deps: ModelDeps) => Promise<T>): Promise<T> {
  return await context.withStore((store) => work({ home: context.home, store, onWait: context.say }))
}

/** One model in one line. */
export function described(model: StoredModel): string {
  return `${model.name}: ${model.architecture}, ${millions(model.parameters)}, ${model.quantisation}, ${formatBytes(model.bytes)}`
}

function millions(parameters: number): string {
  return parameters >= 1e9
    ? `${(parameters / 1e9).toFixed(1)} B parameters`
    : `${Math.round(parameters / 1e6)} M parameters`
}

function table(rows: ModelRow[]): string {
  const lines = [
    ['NAME', 'ROLE', 'LANGUAGE', 'QUANTISATION', 'SIZE', 'BASE'],
    ...rows.map((row) => [
      row.name,
      row.role,
      row.language ?? '',
      row.quantisation,
      formatBytes(row.bytes),
      row.base ?? '',
    ]),
  ]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
