import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../core/random.ts'

/**
 * Rates in a session as many do at once, each as the page does: a vote is sent again until the server says that it is kept. A process of its own, which reads a `RatingWish` on standard input and
 * writes `Rated` on standard output.
 */
export type RatingWish = {
  /** The session under the server's API. */
  session: string
  raters: number
  /** For so long new tasks are asked for; votes that were not yet kept are sent beyond. */
  seconds: number
}

/** A vote that a rater cast: whether it was kept, as the server said. */
export type Ballot = { rater: string; task: string; verdict: string; kept: boolean }

export type Rated = {
  ballots: Ballot[]
  /** Milliseconds that each vote took which went through at once. */
  voteMs: number[]
  /** Milliseconds from asking for a task to the end of its answers. */
  answerMs: number[]
  /** How often a request had to be made again, by what came of it. */
  again: Record<string, number>
  /** What is promised never to be. */
  unsound: string[]
}

if (import.meta.main) {
  const wish = (await json(process.stdin)) as RatingWish
  process.stdout.write(JSON.stringify(await rateAll(wish)))
}

async function rateAll({ session, raters, seconds }: RatingWish): Promise<Rated> {
  const rated: Rated = { ballots: [], voteMs: [], answerMs: [], again: {}, unsound: [] }
  const end = performance.now() + seconds * 1000
  const over = (): boolean => performance.now() > end
  /** Asks until there is an answer that is not "come back later", as the network may be gone for a while. */
  const ask = async (
    method: string,
    path: string,
    token?: string,
    body?: object,
  ): Promise<{ status: number; text: string }> => {
    for (let wait = 200; ; wait = Math.min(5000, wait * 2)) {
      let why: string
      try {
        const response = await fetch(session + path, {
          method,
          headers: {
            'content-type': 'application/json',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
          ...(body && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(30_000),
        })
        const text = await response.text()
        if (response.status < 429) return { status: response.status, text }
        why = String(response.status)
      } catch (error) {
        why = error instanceof Error ? error.name : String(error)
      }
      rated.again[why] = (rated.again[why] ?? 0) + 1
      await sleep(wait * (0.5 + Math.random()))
    }
  }
  const rate = async (nth: number): Promise<void> => {
    const random = createRandom(`rater ${nth}`)
    await sleep(random.next() * 5000)
    const joined = await ask('POST', '/raters', undefined, { consentHash: 'default' })
    const { token, rater } = JSON.parse(joined.text) as { token: string; rater: string }
    while (!over()) {
      const started = performance.now()
      const next = JSON.parse((await ask('POST', '/tasks', token)).text)
      if (next.done !== false) break
      const receipts = await seeAnswers(ask, next.task, token, over)
      if (!receipts) continue
      rated.answerMs.push(performance.now() - started)
      // They read.
      await sleep(500 + random.next() * 2500)
      await vote(ask, rated, { rater, task: next.task.id, token, receipts }, random)
    }
  }
  await Promise.all(
    Array.from({ length: raters }, (_, nth) =>
      rate(nth).catch((error: unknown) => rated.unsound.push(`rater ${nth}: ${String(error)}`)),
    ),
  )
  return rated
}

type Ask = (method: string, path: string, token?: string, body?: object) => Promise<{ status: number; text: string }>
type Receipts = { left: string; right: string }

/** Has a task's question answered, again and again where the answer was cut off. */
async function seeAnswers(
  ask: Ask,
  task: { id: string },
  token: string,
  over: () => boolean,
): Promise<Receipts | undefined> {
  while (!over()) {
    const { text } = await ask('POST', `/tasks/${task.id}/turns`, token, {})
    const ends = [...text.matchAll(/event: end\ndata: (.*)\n/g)].map(([, data = '{}']) => JSON.parse(data))
    const receipt = (side: string) => ends.find((end) => end.side === side)?.receipt as string | undefined
    const [left, right] = [receipt('left'), receipt('right')]
    if (left !== undefined && right !== undefined) return { left, right }
    await sleep(500)
  }
  return undefined
}

async function vote(
  ask: Ask,
  rated: Rated,
  { rater, task, token, receipts }: { rater: string; task: string; token: string; receipts: Receipts },
  random: Random,
): Promise<void> {
  const verdict = random.pick(['left', 'right', 'both_good', 'both_bad'])
  const ballot: Ballot = { rater, task, verdict, kept: false }
  rated.ballots.push(ballot)
  const started = performance.now()
  const { status, text } = await ask('PUT', `/tasks/${task}/vote`, token, {
    verdict,
    receipts,
    judgedAt: new Date().toISOString(),
  })
  ballot.kept = status === 200 || status === 201
  if (ballot.kept) rated.voteMs.push(performance.now() - started)
  else rated.unsound.push(`a vote: ${status} ${text.slice(0, 200)}`)
}
