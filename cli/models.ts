import { EndonymError } from '../core/error.ts'
import { formatBytes } from '../core/files.ts'
import type { ModelRow } from '../data/schema.ts'
import type { BitsPerByte } from '../evaluator/remembered-bits.ts'
import { createStandings } from '../evaluator/standings.ts'
import { type Alias, listAliases, namesOf, removeAlias, setAlias } from '../models/aliases.ts'
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
import { storeCatalog } from '../server/catalog.ts'
import { bestOfEach } from '../server/choose.ts'
import { byPreference } from '../server/preferred.ts'
import type { Context, Register } from './command.ts'
import { table } from './table.ts'

const register: Register = (program, action) => {
  const models = program.command('models').description('the store of models: list, pull, import, alias, verify, rm')

  models
    .command('list', { isDefault: true })
    .description('what the store has')
    .action(
      action(async (context) => {
        const rows = await withModels(context, listing)
        context.print(
          rows,
          rows.length > 0 ? listText(rows) : 'No models yet: endonym models pull smollm2-135m-instruct',
        )
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
    .command('alias [name] [model]')
    .description('let a model be asked for by another name, or move that name to another model; alone, list them')
    .option('--rm', 'take the name away')
    .action(
      action(async (context, name: string | undefined, model: string | undefined, { rm }: { rm?: true }) => {
        if (name === undefined) {
          const aliases = await context.withStore(listAliases)
          return context.print(aliases, aliasText(aliases))
        }
        if (rm) {
          const alias = await withModels(context, (deps) => removeAlias(deps, name))
          return context.print(alias, `${alias.name} is no name of ${alias.model} any longer.`)
        }
        if (model === undefined)
          throw new EndonymError(
            'usage',
            `Say which model "${name}" stands for: endonym models alias ${name} MODEL. With --rm it is taken away.`,
            { exitCode: 2 },
          )
        const set = await withModels(context, (deps) => setAlias(deps, name, model))
        context.print(set, `${set.name} is ${set.model}${set.before === undefined ? '' : `, and was ${set.before}`}.`)
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

/** A row of the store with the other names that it has, how well it predicts its language, and whether it answers for that. */
type Listed = ModelRow & { aliases: string[]; bitsPerByte: BitsPerByte | null; best: boolean }

async function listing({ home, store }: ModelDeps): Promise<Listed[]> {
  const aliases = await listAliases(store)
  const models = await byPreference(createStandings(store))(await storeCatalog(store, home)())
  const best = bestOfEach(models)
  return (await listModels(store)).map((row) => ({
    ...row,
    aliases: namesOf(row.name, aliases),
    bitsPerByte: models.find(({ id }) => id === row.name)?.bitsPerByte ?? null,
    best: best.has(row.name),
  }))
}

function listText(rows: readonly Listed[]): string {
  return table([
    ['NAME', 'ALIASES', 'ROLE', 'LANGUAGE', 'BITS/BYTE', '', 'QUANTISATION', 'SIZE', 'BASE'],
    ...rows.map((row) => [
      row.name,
      row.aliases.join(', '),
      row.role,
      row.language ?? '',
      row.bitsPerByte?.value.toFixed(3) ?? '',
      row.best ? 'best' : '',
      row.quantisation,
      formatBytes(row.bytes),
      row.base ?? '',
    ]),
  ])
}

function aliasText(aliases: readonly Alias[]): string {
  if (aliases.length === 0) return 'No aliases yet: endonym models alias NAME MODEL'
  return table([['ALIAS', 'MODEL'], ...aliases.map(({ name, model }) => [name, model])])
}
