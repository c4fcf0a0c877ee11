import { type Command, InvalidArgumentError } from 'commander'
import { createKeys, type Key, type Scope, scopes } from '../server/keys.ts'
import type { Register } from './command.ts'
import { table } from './table.ts'

/** `endonym keys`: who may use the server's API. */
const register: Register = (program, action) => {
  const keys: Command = program.command('keys').description("keys of the server's API: list, create, revoke")

  keys
    .command('list', { isDefault: true })
    .description('list the keys; what they are is not kept')
    .action(
      action(async (context) => {
        const all = await context.withStore((store) => createKeys(store).list())
        context.print(all, keysText(all))
      }),
    )

  keys
    .command('create')
    .description('make a key, which is shown once; from then on the server answers only to keys')
    .argument('[name]', 'whose it is, for you', 'unnamed')
    .option('--scope <names>', `what it allows, with commas between: ${scopes.join(', ')}`, readScopes, ['chat'])
    .action(
      action(async (context, name: string, options: { scope: Scope[] }) => {
        const made = await context.withStore((store) => createKeys(store).create({ name, scopes: options.scope }))
        context.say('This is shown only now. Whoever has it can use your server.')
        context.print({ ...made.key, secret: made.secret }, made.secret)
      }),
    )

  keys
    .command('revoke')
    .description('end a key at once')
    .argument('<id>', 'as listed')
    .action(
      action(async (context, id: string) => {
        const key = await context.withStore((store) => createKeys(store).revoke(id))
        context.print(key, `The key ${key.id} (${key.name}) holds no longer.`)
      }),
    )
}

export default register

function readScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !scopes.some((scope) => scope === name))
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${scopes.join(', ')}.`)
  return scopes.filter((scope) => names.includes(scope))
}

function keysText(keys: readonly Key[]): string {
  if (keys.length === 0) return 'No keys: the server answers whoever reaches it on this machine, and nobody elsewhere.'
  return table([
    ['ID', 'NAME', 'SCOPES', 'CREATED', ''],
    ...keys.map(({ id, name, scopes, createdAt, revokedAt }) => [
      id,
      name,
      scopes.join(', '),
      createdAt.slice(0, 10),
      revokedAt === undefined ? '' : `revoked ${revokedAt.slice(0, 10)}`,
    ]),
  ])
}
