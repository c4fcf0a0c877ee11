import fs from 'node:fs'
import { z } from 'zod'
import { EndonymError, messageOf } from '../../core/error.ts'
import { nearNames } from '../../core/near.ts'
import type { Language } from '../../data/language.ts'
import { resolveLanguage } from '../../data/languages.ts'

/** A person's own prompts: benchmark → language, by any of its names, or `*` for every other → template. */
export type PromptOverrides = Readonly<Record<string, Readonly<Record<string, string>>>>

const overrides = z.record(z.string(), z.record(z.string(), z.string().min(1)))

/**
 * Puts values into a template's `{placeholders}`; braces around anything but a name stay as they are.
 *
 * @example fill('P: {passage}', { passage: 'It rains.' }) // 'P: It rains.'
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(placeholder, (_, name: string) => values[name] ?? '')
}

const placeholder = /\{([a-z_][a-z0-9_]*)\}/gi

/**
 * The template with which a benchmark asks in a language: the person's own where there is one, else the usual one.
 *
 * @param names what the template may refer to.
 * @throws EndonymError `prompt_placeholder_unknown`, `prompt_placeholder_missing`
 */
export function templateFor(
  benchmark: string,
  language: Language,
  usual: string,
  names: readonly string[],
  overrides: PromptOverrides = {},
): string {
  const own = overrides[benchmark] ?? {}
  const exact = Object.entries(own).find(([name]) => name !== '*' && resolveLanguage(name).iso3 === language.iso3)
  const template = exact?.[1] ?? own['*'] ?? usual
  for (const [whole, name = ''] of template.matchAll(placeholder)) {
    if (names.includes(name)) continue
    throw new EndonymError(
      'prompt_placeholder_unknown',
      `The prompt for ${benchmark} has ${whole}, which its rows do not fill. They fill ${names.map((each) => `{${each}}`).join(', ')}.`,
      { exitCode: 2 },
    )
  }
  if (names.some((name) => template.includes(`{${name}}`))) return template
  throw new EndonymError(
    'prompt_placeholder_missing',
    `The prompt for ${benchmark} in ${language.name} is the same for every row, because it has none of ${names.map((each) => `{${each}}`).join(', ')}.`,
    { exitCode: 2 },
  )
}

/**
 * Reads a file of prompts: JSON such as `{ "sib-200": { "gl": "Tema de «{text}»:", "*": "{text}\n\nTopic:" } }`.
 *
 * @param benchmarks the names that it may have.
 * @throws EndonymError `prompts_unreadable`, `language_unknown`, `language_ambiguous`
 */
export function readPrompts(file: string, benchmarks: readonly string[]): PromptOverrides {
  const wrong = (what: string, cause?: unknown) =>
    new EndonymError(
      'prompts_unreadable',
      `The prompts in ${file} cannot be used: ${what}. It takes JSON such as {"sib-200": {"gl": "Tema de «{text}»:"}}.`,
      { cause, exitCode: 2 },
    )
  let json: unknown
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw wrong(messageOf(error), error)
  }
  const parsed = overrides.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw wrong(`at ${issue?.path.join('.') || 'the top'}, ${issue?.message}`)
  }
  for (const [benchmark, languages] of Object.entries(parsed.data)) {
    if (!benchmarks.includes(benchmark)) {
      const near = nearNames(benchmark, benchmarks)
      throw wrong(
        `"${benchmark}" has no prompt that could be replaced ${near.length > 0 ? `(did you mean ${near.join(' or ')}?)` : `(${benchmarks.join(', ')} have)`}`,
      )
    }
    for (const name of Object.keys(languages)) if (name !== '*') resolveLanguage(name)
  }
  return parsed.data
}
