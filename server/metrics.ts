import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LogVariables } from './log.ts'
import type { Serving } from './serving.ts'
import type { UpstreamStatus } from './upstreams/upstream.ts'

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
  gauge('endonym_gpu_layers', 'Layers of the loaded weights that are on a GPU.', () => serving.status().host.gpuLayers)
  gauge(
    'endonym_crashes',
    'How often the process that computes ended by itself and was started again.',
    () => serving.status().host.crashes,
  )
  upstreamMetrics(serving, registers)
  new Gauge({
    name: 'endonym_memory_bytes',
    help: 'Memory that models take, and what they may take at most.',
    labelNames: ['of'],
    registers,
    collect() {
      for (const [of, bytes] of Object.entries(serving.status().host.memory)) this.set({ of }, bytes)
    },
  })

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

/** Requests to upstreams and how these are, each by its name from the configuration. */
function upstreamMetrics(serving: Serving, registers: Registry[]): void {
  new Counter({
    name: 'endonym_upstream_requests_total',
    help: 'Requests to other servers, by what became of them.',
    labelNames: ['upstream', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { name, requests } of serving.status().upstreams) {
        for (const [outcome, times] of Object.entries(requests)) this.inc({ upstream: name, outcome }, times)
      }
    },
  })
  const gauge = (name: string, help: string, value: (upstream: UpstreamStatus) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['upstream'],
      registers,
      collect() {
        for (const upstream of serving.status().upstreams) this.set({ upstream: upstream.name }, value(upstream))
      },
    })
  gauge('endonym_upstream_healthy', 'Whether another server answers (1).', ({ healthy }) => Number(healthy))
  gauge('endonym_upstream_running', 'Requests that another server is at.', ({ running }) => running)
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
  '/health',
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
