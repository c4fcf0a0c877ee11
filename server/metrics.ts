import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LogVariables } from './log.ts'
import type { Serving } from './serving.ts'

export type Metrics = {
  /** Counts every request: its route, status and time, and the tokens of its answer. */
  count: MiddlewareHandler<{ Variables: LogVariables }>
  /** `GET /metrics`, in Prometheus' text format. */
  routes: Hono
}

/** What the server does, for Prometheus: requests, tokens by model, answers at work and waiting, and Node's own process metrics. No label has what a client made up. */
export function createMetrics(serving: Serving): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Histogram({
    name: 'endonym_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, streamed ones included.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120],
    registers,
  })
  const tokens = new Counter({
    name: 'endonym_tokens_total',
    help: 'Tokens of prompts and of answers.',
    labelNames: ['model', 'kind'],
    registers,
  })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('endonym_answers_running', 'Answers that are being written.', () => serving.status().running)
  gauge('endonym_answers_waiting', 'Answers that wait for their turn.', () => serving.status().waiting)
  gauge(
    'endonym_models_loaded',
    'Models in memory, adapters counted by themselves.',
    () => serving.status().loaded.length,
  )

  return {
    count: async (c, next) => {
      const started = performance.now()
      await next()
      const { status } = c.res
      const route = routeOf(c.req.path)
      const done = (): void => {
        requests.observe({ route, status }, (performance.now() - started) / 1000)
        const { model, generation } = c.var
        if (model === undefined || generation === undefined) return
        tokens.inc({ model, kind: 'prompt' }, generation.promptTokens)
        tokens.inc({ model, kind: 'completion' }, generation.completionTokens)
      }
      const { finished } = c.var
      if (finished) void finished.then(done)
      else done()
    },
    routes: new Hono().get('/metrics', async (c) =>
      c.body(await register.metrics(), 200, { 'content-type': register.contentType }),
    ),
  }
}

/** The routes that are told apart. */
const known = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/models',
  '/tokenize',
  '/detokenize',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/',
]

function routeOf(path: string): string {
  if (known.includes(path)) return path
  return ['/v1/models', '/web', '/docs'].find((folder) => path.startsWith(`${folder}/`)) ?? 'other'
}
