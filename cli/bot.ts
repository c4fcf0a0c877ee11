import path from 'node:path'
import { createApi } from '../bots/api.ts'
import { createBot } from '../bots/bot.ts'
import { withoutSecrets } from '../bots/secret.ts'
import { createSpeech } from '../bots/speech.ts'
import { openBotStore } from '../bots/store.ts'
import { registerCommands, runTelegram } from '../bots/telegram/run.ts'
import { openTelegram } from '../bots/telegram.ts'
import { runWhatsApp } from '../bots/whatsapp/run.ts'
import { openWhatsApp } from '../bots/whatsapp.ts'
import { EndonymError } from '../core/error.ts'
import { withLock } from '../core/lock.ts'
import type { Context, Register } from './command.ts'
import { parsePort } from './wish.ts'

type Options = {
  server: string
  key?: string
  webhook?: string
  host: string
  port: number
  dryRun?: boolean
  apiRoot?: string
  template?: string
}

/** `endonym bot`: people talk with the models where they are already. */
const register: Register = (program, action) => {
  const bot = program
    .command('bot')
    .description('answer in Telegram or WhatsApp, by a server that "endonym serve" started')
  const common = (name: string, description: string) =>
    bot
      .command(name)
      .description(description)
      .option('--server <url>', 'the server that answers', 'http://127.0.0.1:8080')
      .option('--key <key>', 'a key of that server, where it wants one (ENDONYM_KEY)')
      .option('--host <address>', 'address that a webhook listens on', '127.0.0.1')
      .option('--port <number>', 'port that a webhook listens on', parsePort, 8090)
      .option('--dry-run', 'check the token and the server, say what would be done, and end')
      .option('--api-root <url>', "where the platform's API is, if it is not the platform's own")

  common('telegram', 'a bot in Telegram; its token is in TELEGRAM_BOT_TOKEN')
    .option('--webhook <url>', 'public https address at which Telegram delivers; without it the bot asks Telegram')
    .action(
      action(async (context, options: Options) => {
        const token = secretOf('TELEGRAM_BOT_TOKEN', 'the token that @BotFather gave you')
        const { log, api, key, taughtLanguages } = connect(context, options, 'telegram', [token])
        const telegram = await openTelegram(token, { apiRoot: options.apiRoot, stopped: context.signal })
        const languages = await taughtLanguages()
        const name = `@${telegram.me.username}`
        const how = options.webhook ? `from Telegram at ${options.webhook}` : 'by asking Telegram'
        const report = {
          bot: name,
          server: options.server,
          languages,
          webhook: options.webhook ?? null,
          key: key !== undefined,
        }
        const greeting = `${name} answers in ${languages.join(', ') || 'no language yet'}, with the models of ${options.server}. It gets messages ${how}.`
        if (options.dryRun) return context.print(report, `The token is good. ${greeting}`)
        await alone(context, 'telegram', async (file) => {
          const store = openBotStore(file)
          try {
            const core = createBot({ store, platform: telegram.platform, api, stopped: context.signal, log })
            await registerCommands(telegram, createSpeech(api))
            await core.resume()
            context.print(report, `${greeting}\nhttps://t.me/${telegram.me.username}\nCtrl-C stops it.`)
            const { webhook: url, host, port } = options
            await runTelegram(telegram, core, {
              token,
              webhook: url === undefined ? undefined : { url, host, port },
              stopped: context.signal,
              log,
            })
            await core.idle()
          } finally {
            await store.destroy()
          }
        })
      }),
    )

  common('whatsapp', 'a bot in WhatsApp, by its Cloud API; its secrets are in WHATSAPP_… variables')
    .option(
      '--template <name:language>',
      'an approved template by which people are told that an answer waits, when it is a day late',
    )
    .action(
      action(async (context, options: Options) => {
        const token = secretOf('WHATSAPP_TOKEN', 'the access token of your app at Meta')
        const phone = secretOf('WHATSAPP_PHONE_ID', 'the "Phone number ID" of your app at Meta')
        const appSecret = secretOf('WHATSAPP_APP_SECRET', 'the "App secret" of your app at Meta')
        const verifyToken = secretOf(
          'WHATSAPP_VERIFY_TOKEN',
          'a word of your choice, which you also type at Meta as "Verify token",',
        )
        const { log, api, key, taughtLanguages } = connect(context, options, 'whatsapp', [
          token,
          appSecret,
          verifyToken,
        ])
        const { apiRoot, host, port, template, server } = options
        const stopped = context.signal
        const { platform, number, name } = await openWhatsApp({ token, phone, apiRoot, template, stopped, log })
        const languages = await taughtLanguages()
        const report = { bot: number, name, server, languages, key: key !== undefined }
        const greeting = `${name} (${number}) answers in ${languages.join(', ') || 'no language yet'}, with the models of ${server}.`
        if (options.dryRun) return context.print(report, `The token is good. ${greeting}`)
        await alone(context, 'whatsapp', async (file) => {
          const store = openBotStore(file)
          try {
            const core = createBot({ store, platform, api, stopped, log })
            await core.resume()
            context.print(report, `${greeting}\nhttps://wa.me/${number.replace(/\D/g, '')}\nCtrl-C stops it.`)
            await runWhatsApp(core, { phone, appSecret, verifyToken, host, port, stopped, log })
            await core.idle()
          } finally {
            await store.destroy()
          }
        })
      }),
    )
}

export default register

/** What both bots have in common: the server, and a log in which no secret is. */
function connect(
  context: Context,
  { server, ...options }: Options,
  channel: 'telegram' | 'whatsapp',
  secrets: string[],
) {
  const key = options.key ?? process.env.ENDONYM_KEY
  if (!/^https?:\/\//.test(server)) {
    throw new EndonymError(
      'server_invalid',
      `"${server}" is no address of a server: it looks like http://127.0.0.1:8080.`,
      {
        exitCode: 2,
      },
    )
  }
  const log = withoutSecrets(context.say, [...secrets, key])
  const common = { server, key, channel, signal: context.signal }
  // At the start the person waits, and a server that is started beside the bot needs some seconds.
  const taughtLanguages = () => taught(createApi({ ...common, patience: 10 }))
  return { key, log, api: createApi(common), taughtLanguages }
}

function secretOf(name: string, what: string): string {
  const value = process.env[name]?.trim()
  if (value) return value
  throw new EndonymError('token_missing', `Put ${what} into the environment variable ${name}.`, { exitCode: 2 })
}

/** The languages that the server's models speak. @throws EndonymError `server_unreachable` */
async function taught(api: ReturnType<typeof createApi>): Promise<string[]> {
  const languages = await api.languages('')
  return languages.filter(({ models }) => models > 0).map(({ endonym, name }) => endonym ?? name)
}

/** Two bots on one database would both answer. */
function alone(context: Context, name: string, work: (file: string) => Promise<void>): Promise<void> {
  const file = (end: string) => path.join(context.home.dir, `bot-${name}.${end}`)
  const busy = `Another bot for ${name} runs with the folder ${context.home.dir}: choose another one with --home.`
  return withLock(file('lock'), () => work(file('db')), { busy })
}
