import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { Home } from '../../core/home.ts'
import type { Language } from '../../data/language.ts'
import { resolveLanguage } from '../../data/languages.ts'

/** Another server that models live in, and how it is asked. */
export type UpstreamSettings = {
  /** For the log and the metrics. */
  name: string
  /** Its address without the `/v1` of OpenAI's API. */
  root: string
  /** How much of the work it gets, relative to the others that serve the same model. */
  weight: number
  /** Requests of a model that are at work in it at most. */
  concurrency: number
  /** Seconds for which nothing may come from it, before an answer begins and within it. */
  timeLimit: number
  /** What it is told as `Authorization: Bearer`. */
  key?: string
  /** What it serves; where this is left out, all that it lists. */
  models?: readonly UpstreamModel[]
}

/** A model in an upstream. */
export type UpstreamModel = {
  /** The name that requests to this server use, and the one that the upstream knows. */
  name: string
  there: string
  language?: Language
  base?: string
}

const name = z
  .string()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, { error: 'expected 1 to 200 characters that can be printed' })

const language = z.string().transform((query, check): Language => {
  try {
    return resolveLanguage(query)
  } catch (error) {
    check.addIssue({ code: 'custom', message: messageOf(error) })
    return z.NEVER
  }
})

const model = z
  .strictObject({ name, there: name.optional(), language: language.optional(), base: name.optional() })
  .transform(
    ({ name, there = name, language, base }): UpstreamModel => ({
      name,
      there,
      ...(language && { language }),
      ...(base !== undefined && { base }),
    }),
  )

/** An address that is written into logs: so nothing secret may stand in it, and what is wrong is not repeated. */
const address = z.string().transform((text, check): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && [url.username, url.password, url.search, url.hash].every((it) => !it)) {
    return url.href.replace(/\/+$/, '').replace(/\/v1$/, '')
  }
  check.addIssue({
    code: 'custom',
    message: 'expected an address such as http://host:8000/v1, with no user, password, query or fragment in it',
  })
  return z.NEVER
})

/** A key is never in the file, but in a variable of the environment, which the file names. */
const key = z.string().transform((variable, check): string => {
  const problem = (message: string): string => {
    check.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(variable)) {
    return problem('expected the name of an environment variable that holds the key, and not the key itself')
  }
  const value = process.env[variable]
  if (value === undefined || value === '') return problem(`the environment variable ${variable} is not set`)
  // What else it may hold cannot be sent in a header.
  if (!/^[\x21-\x7e]+$/.test(value)) return problem(`the environment variable ${variable} holds what cannot be a key`)
  return value
})

const upstream = z
  .strictObject({
    name: name.optional(),
    url: address,
    weight: z.number().gt(0).max(1000).default(1),
    concurrency: z.int().min(1).max(1000).default(64),
    timeLimit: z.number().gt(0).max(3600).default(120),
    key: key.optional(),
    models: z.array(model).min(1).max(1000).optional(),
  })
  .transform(
    ({ name, url, key, models, ...rest }): UpstreamSettings => ({
      name: name ?? new URL(url).host,
      root: url,
      ...rest,
      ...(key !== undefined && { key }),
      ...(models && { models }),
    }),
  )

const upstreams = z.array(upstream).superRefine((all, check) => {
  const repeated = (names: readonly string[], place: (at: number) => (string | number)[]): void => {
    names.forEach((name, at) => {
      if (names.indexOf(name) === at) return
      check.addIssue({ code: 'custom', path: place(at), message: `another has the name "${name}" already` })
    })
  }
  const names = all.map(({ name }) => name)
  repeated(names, (at) => [at, 'name'])
  for (const [at, { models = [] }] of all.entries()) {
    const names = models.map(({ name }) => name)
    repeated(names, (nth) => [at, 'models', nth, 'name'])
  }
})

/**
 * The upstreams that `upstreams.json` in the home names; none where there is no such file.
 *
 * @param more addresses of others, which have neither a key nor settings.
 * @throws EndonymError `upstreams_invalid`: a sentence for each mistake, with its place
 */
export function readUpstreams(home: Home, more: readonly string[] = []): UpstreamSettings[] {
  const file = path.join(home.dir, 'upstreams.json')
  const named = fs.existsSync(file) ? parse(readJson(file), file) : []
  const added = parse(
    more.map((url) => ({ url })),
    '--upstream',
  )
  const known = new Set(named.map(({ root }) => root))
  return [...named, ...added.filter(({ root }) => !known.has(root))]
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new EndonymError('upstreams_invalid', `${file} cannot be used: ${messageOf(cause)}.`, { cause, exitCode: 2 })
  }
}

function parse(value: unknown, source: string): UpstreamSettings[] {
  const parsed = upstreams.safeParse(value)
  if (parsed.success) return parsed.data
  const sentences = parsed.error.issues.map(({ path, message }) => {
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
    return `${source}${place && `, at ${place.replace(/^\./, '')}`}: ${message.replace(/^Invalid input: |\.$/g, '')}.`
  })
  throw new EndonymError('upstreams_invalid', sentences.join('\n'), { exitCode: 2 })
}
