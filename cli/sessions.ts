import fs from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import { EndonymError } from '../core/error.ts'
import type { Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { readGold, readPrompts } from '../evaluator/sessions/lists.ts'
import { createSessionReader, type ExportFormat, exportFormats } from '../evaluator/sessions/reader.ts'
import { createSessions, type Session, type Sessions, stateOf } from '../evaluator/sessions/sessions.ts'
import type { SessionWishes } from '../evaluator/sessions/settings.ts'
import { readUpstreams } from '../server/upstreams/settings.ts'
import type { Context, Register } from './command.ts'
import { withServing } from './serving.ts'
import { resultsText } from './sessions-text.ts'
import { table } from './table.ts'
import { parseCount } from './wish.ts'

type CreateOptions = {
  models: string[]
  name?: string
  dialect?: string
  dialects?: string[]
  judge?: SessionWishes['judge']
  prompts?: string
  gold?: string
  target?: number
  perRater?: number
  opens?: string
  closes?: string
  consent?: string
  upstream?: string[]
}

/** `endonym sessions`: native speakers judge models. */
const register: Register = (program, action) => {
  const sessions: Command = program
    .command('sessions')
    .description('preference sessions, in which native speakers judge models: list, create, invite, results, export')

  sessions
    .command('list', { isDefault: true })
    .description('the sessions, newest first')
    .action(
      action(async (context) => {
        const all = await context.withStore(async (store) => {
          const sessions = createSessions(store)
          const counts = await votesBySession(store)
          return (await sessions.list()).map((session) => ({ ...facts(session), votes: counts.get(session.id) ?? 0 }))
        })
        context.print(all, listText(all))
      }),
    )

  sessions
    .command('create')
    .description('make a session; raters then come by its link')
    .argument('<language>', 'any name or code of the language that is judged')
    .requiredOption('--models <name...>', 'the models that are judged: names, aliases, or "language@base"')
    .option('--name <text>', 'what raters are told that it is called')
    .option('--dialect <name>', 'the variety of the language that it is about')
    .option('--dialects <name...>', 'varieties that raters may say they speak')
    .option('--judge <what>', 'battles (two answers), ratings (one answer on scales) or both', readJudge, 'battles')
    .option(
      '--prompts <file>',
      'questions: a text with one a line, or JSONL with "turns", as translated MT-Bench has; raters ask what they like where it is left out',
    )
    .option('--gold <file>', 'JSONL of items whose verdict is known, to measure who reads: {turns, good, bad}')
    .option('--target <votes>', 'judgements after which it has enough (300)', parseCount)
    .option('--per-rater <votes>', 'judgements of one rater at most (50)', parseCount)
    .option('--opens <time>', 'when it opens, such as 2026-12-01T09:00Z (now)', readTime)
    .option('--closes <time>', 'when it closes (never)', readTime)
    .option('--consent <file>', 'a text that raters agree to, in place of the one that ships')
    .option('--upstream <url...>', 'other servers in which models live, as for "endonym serve"')
    .action(
      action(async (context, query: string, options: CreateOptions) => {
        const language = resolveLanguage(query)
        const wishes = await readWishes(options, language.endonym ?? language.name)
        const upstreams = readUpstreams(context.home, options.upstream)
        const made = await withServing(
          context,
          async (serving, store) => {
            const models = await Promise.all(wishes.models.map(async (name) => (await serving.find(name)).id))
            return createSessions(store).create(language, { ...wishes, models })
          },
          { upstreams },
        )
        const { session, secret } = made
        context.say('The organiser’s part of this is shown only now. Whoever has it can see and end the session.')
        context.print(
          { ...facts(session), secret, rater: `/s/${session.id}`, organiser: organiserPath(session, secret) },
          `Session ${session.id} on ${language.name}: ${session.settings.models.join(', ')}.

  raters come by       /s/${session.id}
  the organiser sees   ${organiserPath(session, secret)}

both on the address of "endonym serve". "endonym sessions invite ${session.id} --url https://…" draws the QR code.`,
        )
      }),
    )

  sessions
    .command('invite')
    .description('the link for raters, and its QR code')
    .argument('<session>')
    .option('--url <address>', 'the address of the server, as raters reach it', 'http://127.0.0.1:8080')
    .option('--organiser', 'a new link for the organiser instead; the old one holds no longer')
    .action(
      action(async (context, id: string, { url, organiser }: { url: string; organiser?: boolean }) => {
        if (!URL.canParse(url)) {
          throw new EndonymError('address_invalid', `"${url}" is no address; one begins with https://.`, {
            exitCode: 2,
          })
        }
        const path = await withSessions(context, async (sessions) => {
          const session = await sessions.find(id)
          return organiser ? organiserPath(session, await sessions.newSecret(id)) : `/s/${session.id}`
        })
        const link = new URL(path, url).href
        context.print({ link }, organiser ? link : `${link}\n\n${renderUnicodeCompact(link)}`)
      }),
    )

  sessions
    .command('results')
    .description('what the raters said')
    .argument('<session>')
    .action(
      action(async (context, id: string) => {
        const results = await context.withStore(async (store) =>
          createSessionReader(store).results(await createSessions(store).find(id)),
        )
        context.print(results, resultsText(results))
      }),
    )

  sessions
    .command('export')
    .description('what the raters gave, in the columns of LMArena or as rows to train on')
    .argument('<session>')
    .option('--as <format>', exportFormats.join(', '), readFormat, 'jsonl')
    .option('-o, --output <file>', 'where to write it (standard output)')
    .action(
      action(async (context, id: string, { as, output }: { as: ExportFormat; output?: string }) => {
        const { text, rows, note } = await context.withStore(async (store) =>
          createSessionReader(store).export(await createSessions(store).find(id), as),
        )
        if (note !== undefined) context.say(note)
        if (output === undefined) {
          process.stdout.write(text)
          return
        }
        await fs.writeFile(output, text)
        context.print({ file: output, rows }, `${rows} rows are in ${output}.`)
      }),
    )

  for (const [verb, closed] of [
    ['close', true],
    ['open', false],
  ] as const) {
    sessions
      .command(verb)
      .description(closed ? 'end a session: nobody is given anything more' : 'open a session again that was closed')
      .argument('<session>')
      .action(
        action(async (context, id: string) => {
          const session = await withSessions(context, (sessions) => sessions.close(id, closed))
          context.print(facts(session), `The session ${id} is ${stateOf(session)}.`)
        }),
      )
  }

  sessions
    .command('rm')
    .description('delete a session and all that was given in it')
    .argument('<session>')
    .option('--yes', 'without being asked again')
    .action(
      action(async (context, id: string, { yes }: { yes?: boolean }) => {
        if (!yes) {
          throw new EndonymError('unconfirmed', `This deletes all votes of the session ${id}: say --yes if it may.`, {
            exitCode: 2,
          })
        }
        await withSessions(context, (sessions) => sessions.remove(id))
        context.print({ id, deleted: true }, `The session ${id} is deleted.`)
      }),
    )
}

export default register

const withSessions = <T>(context: Context, work: (sessions: Sessions) => Promise<T>): Promise<T> =>
  context.withStore((store) => work(createSessions(store)))

const organiserPath = ({ id }: Session, secret: string): string => `/sessions#${id}.${secret}`

async function readWishes(options: CreateOptions, name: string): Promise<SessionWishes> {
  const { models, dialect, dialects, judge, prompts, gold, target, perRater, opens, closes, consent } = options
  return {
    name: options.name ?? name,
    models,
    ...(dialect !== undefined && { dialect }),
    ...(dialects && { dialects }),
    ...(judge && { judge }),
    ...(prompts !== undefined && { prompts: await readPrompts(prompts) }),
    ...(gold !== undefined && { gold: await readGold(gold) }),
    ...(target !== undefined && { target }),
    ...(perRater !== undefined && { perRater }),
    ...(opens !== undefined && { opensAt: opens }),
    ...(closes !== undefined && { closesAt: closes }),
    ...(consent !== undefined && { consent: await fs.readFile(consent, 'utf8') }),
  }
}

/** What a session is, for lists and for programs. */
function facts(session: Session) {
  const { id, language, settings, createdAt } = session
  return {
    id,
    name: settings.name,
    language: language.bcp47,
    models: settings.models,
    judge: settings.judge,
    state: stateOf(session),
    createdAt,
    target: settings.target,
    standing: settings.standing,
  }
}

async function votesBySession(store: Store): Promise<Map<string, number>> {
  const rows = await store
    .selectFrom('votes')
    .select(['session', ({ fn }) => fn.countAll<number>().as('votes')])
    .groupBy('session')
    .execute()
  return new Map(rows.map(({ session, votes }) => [session, Number(votes)]))
}

function listText(all: readonly (ReturnType<typeof facts> & { votes: number })[]): string {
  if (all.length === 0) return 'No sessions yet: endonym sessions create <language> --models A B'
  return table(
    [
      ['ID', 'LANGUAGE', 'NAME', 'STATE', 'VOTES', 'MODELS'],
      ...all.map(({ id, language, name, state, votes, target, standing, models }) => [
        id,
        language,
        standing ? `${name} (chat page)` : name,
        state,
        standing ? String(votes) : `${votes}/${target}`,
        models.join(', '),
      ]),
    ],
    { right: [4] },
  )
}

function readJudge(text: string): NonNullable<SessionWishes['judge']> {
  if (text === 'battles' || text === 'ratings' || text === 'both') return text
  throw new InvalidArgumentError('It is battles, ratings or both.')
}

function readFormat(text: string): ExportFormat {
  const format = exportFormats.find((name) => name === text)
  if (format) return format
  throw new InvalidArgumentError(`It is one of ${exportFormats.join(', ')}.`)
}

function readTime(text: string): string {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('A time is written as 2026-12-01T09:00Z.')
  return new Date(time).toISOString()
}
