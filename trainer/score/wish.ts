import fs from 'node:fs'
import { EndonymError } from '../../core/error.ts'
import { sha256 } from '../../core/hash.ts'
import type { Language } from '../../data/language.ts'
import type { RunWish } from '../distill.ts'
import type { Scale } from '../recipe.ts'
import { settingsOf } from '../recipes.ts'
import { polyglotScoreRecipe, type ScoreSettings, type Strategy, strategies } from './settings.ts'
import { parseCandidates } from './teachers.ts'

/** What a score is made of besides its settings, as the command line names it. */
export type ScoreParts = {
  teachers: string
  strategies?: string
  judge?: string
  embedder?: string
  reference?: string
  benchmark?: string
  data?: string
  seeds?: string
  prompts?: string
}

/** A score as a run: its options hold the settings, the parts, and a hash of what the files of prompts held. */
export type ScoreWish = Omit<RunWish, 'options'> & { options: ScoreSettings & ScoreParts & { files?: string } }

/** @throws EndonymError `usage`, `setting_unknown`, `setting_invalid`, `file_unreadable` */
export function scoreWishOf(
  language: Language,
  asked: { scale: Scale; student: string; set: readonly string[]; limit?: number | undefined; parts: ScoreParts },
): ScoreWish {
  const { scale, student, set, limit, parts } = asked
  if (parseCandidates(parts.teachers).length === 0) {
    throw new EndonymError('usage', 'Name the teachers to compare: --teachers smollm2-135m-instruct,URL#model.', {
      exitCode: 2,
    })
  }
  strategiesOf(parts)
  const files = [parts.seeds, parts.prompts].filter((file) => file !== undefined)
  return {
    language,
    recipe: polyglotScoreRecipe.name,
    scale,
    options: {
      ...(settingsOf(polyglotScoreRecipe, scale, set) as ScoreSettings),
      ...parts,
      ...(files.length > 0 && { files: sha256(files.map(readFile)) }),
    },
    student,
    teacher: parts.teachers,
    translator: 'teacher',
    ...(limit !== undefined && { limit }),
  }
}

/** The strategies that are compared, in the paper's order. @throws EndonymError `usage` */
export function strategiesOf({ strategies: list }: ScoreParts): Strategy[] {
  if (list === undefined) return [...strategies]
  const names = list.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !strategies.some((known) => known === name))
  if (wrong === undefined) return strategies.filter((known) => names.includes(known))
  throw new EndonymError('usage', `There is no strategy "${wrong}". There are ${strategies.join(', ')}.`, {
    exitCode: 2,
  })
}

function readFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (cause) {
    throw new EndonymError('file_unreadable', `The prompts in ${file} cannot be read.`, { cause, exitCode: 2 })
  }
}

const partNames = [
  'strategies',
  'judge',
  'embedder',
  'reference',
  'benchmark',
  'data',
  'seeds',
  'prompts',
] as const satisfies (keyof ScoreParts)[]

/** The words of the command that means a wish: what differs from the defaults is named. */
export function scoreCommandOf({ language, options, scale, student, limit }: ScoreWish): string[] {
  const words = ['endonym', 'teachers', 'score', '--language', language.bcp47, '--teachers', options.teachers]
  words.push('--scale', scale, '--student', student)
  for (const name of partNames) {
    const value = options[name]
    if (value !== undefined) words.push(`--${name}`, value)
  }
  if (limit !== undefined) words.push('--limit', String(limit))
  for (const [name, usual] of Object.entries(polyglotScoreRecipe.defaults(scale))) {
    const value = options[name as keyof ScoreSettings]
    if (value !== usual) words.push('--set', `${name}=${value}`)
  }
  return words
}
