import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { openHome } from '../core/home.ts'
import { openStore, type Store } from '../data/database.ts'
import { resolveLanguage } from '../data/languages.ts'
import { createSessions } from '../evaluator/sessions/sessions.ts'
import { startModelServer, type Voice } from '../test/server/model-server.ts'
import { endonymServe } from './endonym-serve.ts'
import type { Rated, RatingWish } from './raters/rate.ts'
import type { BenchContext, Comparison } from './run.ts'

/** `RATERS=50 RATER_SECONDS=20` is a short one. */
const raters = Number(process.env.RATERS ?? 500)
const seconds = Number(process.env.RATER_SECONDS ?? 180)
const models = ['model-a', 'model-b', 'model-c', 'model-d']
const questions = 60

/**
 * Many raters at once, as their pages work: each asks for a task, has it answered, votes, and sends a vote again until it is told that it is kept. In the middle the server is killed and started
 * anew. Models are a stand-in that speaks the wire format. Whatever a rater was told is kept must be in the database, once, as it was cast.
 */
export async function manyRaters({ folder }: BenchContext): Promise<Comparison[]> {
  const home = openHome(fs.mkdtempSync(path.join(folder, 'home-')))
  const voice: Voice = (messages) => ({ pieces: words(messages.at(-1)?.content ?? ''), ms: 5 })
  const elsewhere = await startModelServer(Object.fromEntries(models.map((name) => [name, voice])))
  const store = await openStore(home.database)
  try {
    const { session } = await createSessions(store).create(resolveLanguage('gl'), {
      name: 'Many',
      models,
      prompts: Array.from({ length: questions }, (_, i) => [`Question ${i}?`]),
      target: 1_000_000,
      perRater: 10_000,
    })
    const log = path.join(home.dir, 'serve.log')
    const port = await freePort()
    const args = ['--upstream', elsewhere.url, '--raters', '1000000', '--port', String(port)]
    const server = await endonymServe(home.dir, args, log)
    console.log(`    ${raters} raters for ${seconds} seconds; the server is killed in the middle`)
    const rating = rate({ session: new URL(`/api/sessions/${session.id}`, server.url).href, raters, seconds })
    await sleep(seconds * 500)
    process.kill(server.pid, 'SIGKILL')
    await sleep(1000)
    const second = await endonymServe(home.dir, args, log)
    const rated = await rating
    await second.stop()
    return await compare(store, rated)
  } finally {
    await elsewhere.close()
    await store.destroy()
  }
}

async function rate(wish: RatingWish): Promise<Rated> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'raters', 'rate.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(wish))
  return (await json(child.stdout)) as Rated
}

async function compare(store: Store, { ballots, voteMs, answerMs, again, unsound }: Rated): Promise<Comparison[]> {
  for (const [why, times] of Object.entries(again)) console.log(`    asked again, ${why}: ${times}`)
  for (const why of unsound.slice(0, 20)) console.log(`    ${why}`)
  const rows = await store
    .selectFrom('votes')
    .innerJoin('tasks', 'tasks.id', 'votes.task')
    .select(['votes.task', 'votes.verdict', 'votes.rater', 'tasks.prompt', 'tasks.left_model', 'tasks.right_model'])
    .where('tasks.repeats', 'is', null)
    .execute()
  const repeats = await store
    .selectFrom('votes')
    .innerJoin('tasks', 'tasks.id', 'votes.task')
    .select(['votes.task', 'votes.verdict'])
    .where('tasks.repeats', 'is not', null)
    .execute()
  const kept = new Map([...rows, ...repeats].map(({ task, verdict }) => [task, verdict]))
  const lost = ballots.filter(({ kept: said, task, verdict }) => said && kept.get(task) !== verdict)
  const strange = kept.size - new Set(ballots.map(({ task }) => task)).size
  const pair = ({ left_model, right_model }: { left_model: string; right_model: string | null }) =>
    [left_model, right_model].sort().join(' ')
  const doubled = rows.length - new Set(rows.map((row) => `${row.rater} ${row.prompt} ${pair(row)}`)).size
  const imbalance = Math.max(
    ...[...Map.groupBy(rows, pair).values()].map((group) => {
      const first = group.filter(({ left_model, right_model }) => left_model < (right_model ?? '')).length
      return Math.abs(first / group.length - 0.5) * 100
    }),
  )
  return [
    { what: 'votes that raters cast', ours: ballots.length, unit: 'votes' },
    { what: 'kept, as they were told, and not there', ours: lost.length, unit: 'votes', most: 0 },
    { what: 'there, and cast by nobody', ours: Math.max(0, strange), unit: 'votes', most: 0 },
    { what: 'a question and pair judged twice by a rater', ours: doubled, unit: 'votes', most: 0 },
    { what: 'never kept', ours: ballots.filter(({ kept }) => !kept).length, unit: 'votes', most: 0 },
    { what: 'furthest from half: a pair’s first model on the left', ours: imbalance, unit: '% points' },
    { what: 'a vote, median', ours: quantile(voteMs, 0.5), unit: 'ms' },
    { what: 'a vote, 99 %', ours: quantile(voteMs, 0.99), unit: 'ms' },
    { what: 'a task with its answers, median', ours: quantile(answerMs, 0.5), unit: 'ms' },
    { what: 'a task with its answers, 99 %', ours: quantile(answerMs, 0.99), unit: 'ms' },
  ]
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0

const words = (question: string): string[] =>
  `An answer to ${question} that has some twenty words in it.`.match(/\S+\s*/g) ?? []

/** One that the server gets again when it is started anew. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
