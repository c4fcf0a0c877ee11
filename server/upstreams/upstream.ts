import { createBreaker } from '../../core/breaker.ts'
import { messageOf } from '../../core/error.ts'
import { duration, plural } from '../../core/format.ts'
import { type Client, createClient } from './client.ts'
import { Fault } from './faults.ts'
import { type ListedModel, readListing } from './listing.ts'
import type { UpstreamSettings } from './settings.ts'

/** What became of requests to an upstream. */
export const outcomes = ['answered', 'refused', 'lacking', 'busy', 'failed', 'aborted'] as const
export type Outcome = (typeof outcomes)[number]

/** An upstream as people are told of it. */
export type UpstreamStatus = {
  name: string
  healthy: boolean
  running: number
  requests: Readonly<Record<Outcome, number>>
}

/** One server that models live in. */
export type Upstream = {
  settings: UpstreamSettings
  /** What it has, as it listed when it was last asked; of what the settings name, that, and as they say. */
  models(): readonly ListedModel[]
  readonly running: number
  /** Milliseconds until a model may be asked for; 0 where it may now. */
  wait(model: string): number
  /** Milliseconds for which it wants no request for a model, since it is busy. */
  rest(model: string): number
  /** @throws Fault and whatever `work` throws */
  ask<T>(model: string, signal: AbortSignal | undefined, work: (client: Client) => Promise<T>): Promise<T>
  /** Asks whether it is there, and what it has. */
  check(): Promise<void>
  status(): UpstreamStatus
  dispose(): void
}

/** When an upstream is asked whether it answers, in milliseconds, and for how long it may take. */
export type Rhythm = {
  /** While it answers. (10,000) */
  every: number
  /** While it does not. (2,000) */
  again: number
  /** What it may take. (5,000) */
  limit: number
}

export const usualRhythm: Rhythm = { every: 10_000, again: 2_000, limit: 5_000 }

/** Bytes of a list of models. */
const longestList = 4 << 20

/** Failures in a row after which one that still says that it is well is left alone, and for how long, in milliseconds. */
const failuresInARow = 5
const firstWait = 1_000
const longestWait = 60_000

/**
 * Knows of a server whether it can be asked: by a cheap request from time to time, and after each failure at once; by a breaker, where it says that it is well and only fails; and by what it says itself, where it is busy.
 *
 * @param say hears when it stops answering and when it goes on, and of each request that it failed at.
 */
export function createUpstream(
  settings: UpstreamSettings,
  { say, rhythm }: { say: (sentence: string) => void; rhythm: Rhythm },
): Upstream {
  const { root, key, timeLimit } = settings
  const title = `Upstream ${settings.name} at ${root}`
  const secret = key === undefined ? {} : { key }
  const client = createClient({ root, timeLimit: timeLimit * 1000, ...secret })
  const checking = createClient({ root, timeLimit: rhythm.limit, ...secret })
  const newBreaker = () => createBreaker({ threshold: () => failuresInARow, firstWait, longestWait })
  let breaker = newBreaker()
  let listed: readonly ListedModel[] = []
  /** Since when it does (not) answer; undefined before it was asked. */
  let state: { answers: boolean; since: number } | undefined
  let running = 0
  let probing = false
  const rests = new Map<string, number>()
  const requests = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  let timer: NodeJS.Timeout | undefined
  let check: Promise<void> | undefined
  let closed = false

  const restOf = (model: string): number => Math.max(0, (rests.get(model) ?? 0) - performance.now())
  const turnTo = (answers: boolean, what: string): void => {
    const before = state
    if (before?.answers === answers) return
    state = { answers, since: performance.now() }
    // What it failed at while it was down says nothing of it any more.
    if (answers) breaker = newBreaker()
    const seconds = before && duration((state.since - before.since) / 1000)
    if (!answers) say(`${title} does not answer: ${what}. It is asked again every ${rhythm.again / 1000} s.`)
    else if (seconds) say(`${title} answers again after ${seconds}.`)
    else say(`${title} answers; it has ${plural(listed.length, 'model')}.${unlisted(settings, listed)}`)
  }
  const look = async (): Promise<void> => {
    try {
      listed = readListing(await checking.json('/v1/models', { most: longestList }))
      turnTo(true, '')
    } catch (error) {
      // Whoever is busy is there, and so is whoever has no list.
      if (error instanceof Fault && error.kind !== 'failed') turnTo(true, '')
      else turnTo(false, messageOf(error))
    }
  }
  const checkNow = (): Promise<void> => {
    if (closed) return Promise.resolve()
    clearTimeout(timer)
    check ??= look().finally(() => {
      check = undefined
      if (closed) return
      timer = setTimeout(checkNow, state?.answers ? rhythm.every : rhythm.again)
      timer.unref()
    })
    return check
  }
  const outcomeOf = (error: unknown, model: string, signal: AbortSignal | undefined): Outcome => {
    if (signal?.aborted) return 'aborted'
    if (!(error instanceof Fault)) return 'refused'
    say(`${title} did not answer a request: ${error.message}.`)
    if (error.kind === 'busy') rests.set(model, performance.now() + error.rest)
    if (error.kind === 'failed') {
      breaker.failed()
      void checkNow()
    }
    return error.kind
  }

  return {
    settings,
    models: () =>
      settings.models?.map((model) => ({ ...listed.find(({ name }) => name === model.there), ...model })) ?? listed,
    get running() {
      return running
    },
    rest: restOf,
    wait: (model) => {
      if (!state?.answers) return rhythm.again
      if (probing) return firstWait
      return Math.max(breaker.wait(), restOf(model))
    },
    ask: async (model, signal, work) => {
      const probe = !breaker.closed()
      probing ||= probe
      running++
      try {
        const result = await work(client)
        breaker.succeeded()
        requests.answered++
        return result
      } catch (error) {
        requests[outcomeOf(error, model, signal)]++
        throw error
      } finally {
        running--
        if (probe) probing = false
      }
    },
    check: checkNow,
    status: () => ({
      name: settings.name,
      healthy: state?.answers === true && breaker.closed(),
      running,
      requests: { ...requests },
    }),
    dispose: () => {
      closed = true
      clearTimeout(timer)
      client.close()
      checking.close()
    },
  }
}

/** What the settings name and the upstream does not list: likely a mistake, but not surely. */
function unlisted({ models = [] }: UpstreamSettings, listed: readonly ListedModel[]): string {
  const missing = models.map(({ there }) => there).filter((there) => !listed.some(({ name }) => name === there))
  return missing.length === 0 ? '' : ` It does not list ${missing.join(', ')}.`
}
