import fs from 'node:fs'
import path from 'node:path'
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { EndonymError } from '../core/error.ts'
import type { Home } from '../core/home.ts'
import type { Store } from '../data/database.ts'
import { priceOf } from '../data/prices.ts'
import { announceRun, type RunWish, runIdOf } from '../trainer/distill.ts'
import { findRun, runUnderWay, wordsOf } from '../trainer/history.ts'
import { openReplay, recordingShips, replayedWish } from '../trainer/replay.ts'
import type { Report } from '../trainer/report.ts'
import { keyVariableOf } from '../trainer/teachers/openai.ts'
import type { WishOptions } from '../trainer/wish.ts'
import type { AnswerVariables } from './ending.ts'
import { ApiError } from './openai/error.ts'
import { readBody } from './openai/request.ts'
import { type Runner, underWay } from './runs/runner.ts'
import { languageView, type ViewDeps, viewRun, viewRuns } from './runs/view.ts'
import { watch } from './runs/watch.ts'
import { choicesOf, type KnownTeacher, knownModels, planAsked, startBody, wishBody } from './runs/wishes.ts'
import type { UpstreamSettings } from './upstreams/settings.ts'

export type RunRouteDeps = {
  home: Home
  store: Store
  runner: Runner
  /** Servers whose models may teach. */
  upstreams: readonly UpstreamSettings[]
  say(sentence: string): void
  /** Whether whoever comes may begin and stop runs. A server that is open to everybody lets nobody. */
  open: boolean
}

/** Runs over HTTP: `/api/plan`, what a run would ask; `/api/runs`, which begins, lists, watches and stops them. See docs/api.md. */
export function runRoutes(deps: RunRouteDeps): Hono<{ Variables: AnswerVariables }> {
  const { home, store, runner } = deps
  const view: ViewDeps = { home, store, runner }
  const found = (c: Context) => findRun(view, c.req.param('run') ?? '')

  /** Begins a run, or goes on with it. */
  const begin = async (
    wish: RunWish,
    id: string,
    more: { dataOnly?: boolean; budget?: number; teacher?: KnownTeacher },
  ) => {
    const other = runner.current()?.id ?? (await runUnderWay({ home, store }))
    if (other !== undefined) throw underWay(other)
    await announceRun(store, id, wish)
    const { dataOnly = false, budget, teacher } = more
    const words = [...wordsOf(id, wish), ...(dataOnly ? ['--data-only'] : [])]
    return runner.start({ id, words, dataOnly, budget, env: keyOf(teacher) })
  }
  const mayBegin = (): void => {
    if (deps.open) return
    const sentence =
      'Runs cannot be begun or stopped here: this server lets everybody in, and a run costs time and money. Begin it on the machine itself with "endonym distill", or serve with keys.'
    throw new ApiError(403, 'runs_closed', sentence)
  }

  return new Hono<{ Variables: AnswerVariables }>()
    .get('/api/plan', async (c) => {
      const asked = readBody(JSON.stringify(c.req.query()), wishBody)
      const { language, options, teacher, plan, problem } = await planAsked(asked, {
        ...deps,
        signal: c.var.ending.signal,
      })
      const { run, paper, steps, total, notes, verdict } = plan
      const { recipe, scale, student, translator } = options
      return c.json({
        language: languageView(language.bcp47, language.name),
        ...{ recipe, scale, student, translator, teacher: teacher.id },
        ...{ run, paper, steps, total, notes, verdict },
        price: total.price ?? null,
        currency: currencyOf(home, options) ?? null,
        /** Why it would be refused. */
        problem: problem ? { code: problem.code, message: problem.message } : null,
        recording: recordingShips(plan.wish),
      })
    })
    .get('/api/runs', async (c) => c.json({ runs: await viewRuns(view), choices: await choicesOf(deps) }))
    .post('/api/runs', async (c) => {
      mayBegin()
      const { replay, dataOnly, budget, ...asked } = readBody(await c.req.text(), startBody)
      if (replay && asked.settings) {
        throw new ApiError(
          400,
          'invalid_value',
          'A recording says itself with which settings it was made: leave out "settings", or "replay".',
          'settings',
        )
      }
      const { options, teacher, plan, problem } = await planAsked(asked, { ...deps, signal: c.var.ending.signal })
      // Of a recording only the data are made without anybody's help.
      if (problem && !(replay && dataOnly)) throw new ApiError(409, problem.code, problem.message)
      const wish = replay
        ? await replayedWish(await openReplay(true, { ...options, language: plan.wish.language }), plan.wish)
        : plan.wish
      const id = runIdOf(wish)
      const more = { ...(dataOnly && { dataOnly }), ...(budget !== undefined && { budget }), teacher }
      await begin(wish, id, more)
      return c.json({ id, at: `/api/runs/${encodeURIComponent(id)}` }, 201)
    })
    .get('/api/runs/:run', async (c) => c.json(await viewRun(view, await found(c))))
    .get('/api/runs/:run/events', async (c) => {
      const { id } = await found(c)
      const { signal } = c.var.ending
      const { promise, resolve } = Promise.withResolvers<void>()
      c.set('finished', promise)
      const look = async () => viewRun(view, await findRun(view, id))
      const over = ({ status }: { status: string }) => status !== 'running' && status !== 'stopping'
      return streamSSE(c, async (stream) => {
        try {
          let number = 0
          for await (const change of watch(look, { over, signal })) {
            // A comment, which shows proxies that somebody still waits.
            if (change.event === 'still') await stream.write(': nothing new\n\n')
            else {
              await stream.writeSSE({
                event: change.event,
                id: String(++number),
                data: JSON.stringify(change.data),
              })
            }
          }
          if (!signal.aborted) await stream.writeSSE({ event: 'end', data: '{}' })
        } finally {
          resolve()
        }
      })
    })
    .post('/api/runs/:run/stop', async (c) => {
      mayBegin()
      const { id } = await found(c)
      const job = runner.stop(id)
      if (job) return c.json({ id, status: 'stopping' }, 202)
      if ((await runUnderWay({ home, store })) === id) {
        throw new EndonymError(
          'run_not_ours',
          `This server has not begun the run ${id}: stop it with Ctrl-C where it runs.`,
        )
      }
      throw new EndonymError('run_over', `The run ${id} is not under way.`)
    })
    .post('/api/runs/:run/continue', async (c) => {
      mayBegin()
      const run = await viewRun(view, await found(c))
      const { id } = run
      if (!run.continuable) {
        if (run.status === 'running' || run.status === 'stopping') throw underWay(id)
        throw new EndonymError('run_over', `Nothing of the run ${id} is left to do here.`)
      }
      const row = await store.selectFrom('runs').select('options_json').where('id', '=', id).executeTakeFirstOrThrow()
      const wish = JSON.parse(row.options_json) as RunWish
      const { teachers } = await knownModels(deps)
      const teacher = teachers.find(({ options: { teacher, teacherModel } }) =>
        teacherModel === undefined ? teacher === wish.teacher : `${teacher}:${teacherModel}` === wish.teacher,
      )
      const text = await c.req.text()
      const { budget } = readBody(text === '' ? '{}' : text, startBody.pick({ budget: true }))
      await begin(wish, id, { ...(teacher && { teacher }), ...(budget !== undefined && { budget }) })
      return c.json({ id, at: `/api/runs/${encodeURIComponent(id)}` }, 202)
    })
    .get('/api/runs/:run/report', async (c) => {
      const { id } = await found(c)
      const file = path.join(home.runs, id, 'report.json')
      if (!fs.existsSync(file)) {
        throw new EndonymError('report_missing', `The run ${id} has no report card yet: it is written at its end.`)
      }
      const report = JSON.parse(fs.readFileSync(file, 'utf8')) as Report
      return c.json(report)
    })
}

/** ISO 4217, where the teacher's price was noted in one. */
function currencyOf(home: Home, { teacher, teacherModel }: WishOptions): string | undefined {
  return teacher === undefined || teacherModel === undefined
    ? undefined
    : priceOf(home, teacher, teacherModel)?.currency
}

/** A key is handed on in the environment, which other users of the machine cannot read. */
function keyOf(teacher: KnownTeacher | undefined): Record<string, string> {
  const { key, options } = teacher ?? {}
  if (key === undefined || options?.teacher === undefined) return {}
  return { [keyVariableOf(new URL(options.teacher))]: key }
}
