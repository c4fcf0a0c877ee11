import { EndonymError } from '../../core/error.ts'
import type { Recipe, Scale } from '../recipe.ts'

/** The three ways in which a teacher makes data (Polyglot Teachers, "strategies"). */
export const strategies = ['generate', 'translate', 'respond'] as const

export type Strategy = (typeof strategies)[number]

/** What a score is made with. Every setting follows from the scale and can be overridden by name. */
export type ScoreSettings = {
  /** Prompts of each strategy that a teacher is put to. */
  rows: number
  /** Responses of each data set that the judge reads. */
  judged: number
  /** How the teachers sample. (the paper's 0.8 and 0.9) */
  temperature: number
  topP: number
  /** Tokens of a response at most; what is longer is dropped as unfinished. */
  maxTokens: number
  /** `strategy`: a student for each teacher and strategy. `teacher`: one for each teacher, on the data of all its strategies, as in the paper. */
  students: string
  /** Share of the rows that is held out, by which the best checkpoint is taken. */
  heldOut: number
  /** LoRA's rank, the learning rate, passes over the data, rows a step, tokens a row at most. */
  rank: number
  learningRate: number
  epochs: number
  batch: number
  length: number
  seed: number
}

const common = { temperature: 0.8, topP: 0.9, heldOut: 0.1, rank: 16, seed: 0 }

const byScale: Record<Scale, ScoreSettings> = {
  demo: {
    ...common,
    rows: 24,
    judged: 12,
    maxTokens: 128,
    students: 'strategy',
    learningRate: 1e-3,
    epochs: 2,
    batch: 2,
    length: 512,
  },
  small: {
    ...common,
    rows: 200,
    judged: 50,
    maxTokens: 256,
    students: 'strategy',
    learningRate: 1e-3,
    epochs: 2,
    batch: 4,
    length: 768,
  },
  // 10,000 rows a teacher and language, a student for each.
  paper: {
    ...common,
    rows: 3334,
    judged: 3334,
    maxTokens: 2048,
    students: 'teacher',
    learningRate: 2e-4,
    epochs: 3,
    batch: 32,
    length: 4096,
  },
}

/** Rows of each benchmark at most. */
export const scoreLimits: Record<Scale, number> = { demo: 60, small: 200, paper: Number.POSITIVE_INFINITY }

/**
 * Its name and settings, in the form of a recipe so that `--scale`, `--set` and the list of runs are what they are elsewhere. It makes no training set for a student to keep, so it has no steps and is not
 * among the recipes of `distill`.
 */
export const polyglotScoreRecipe: Recipe = {
  name: 'polyglot-score',
  paper: 'Polyglot Teachers (Miranda et al., 2026, arXiv 2604.11290)',
  defaults: (scale) => ({ ...byScale[scale] }),
  check: (options) => {
    const { rows, judged, students, epochs, batch } = options as ScoreSettings
    const small = Object.entries({ rows, judged, epochs, batch }).find(([, value]) => !(value >= 1))
    if (small) throw invalid(small[0], 'a number from 1 on', small[1])
    if (students !== 'strategy' && students !== 'teacher') throw invalid('students', 'strategy or teacher', students)
  },
  steps: () => [],
  training: (options) => {
    const { rank, learningRate, epochs, batch, length, seed } = options as ScoreSettings
    return { rank, learningRate, epochs, batch, length, seed, evaluateEvery: 1, patience: 3 }
  },
  plan: () => ({ steps: [], trainingTokens: 0, notes: [] }),
}

const invalid = (name: string, wants: string, value: unknown) =>
  new EndonymError('setting_invalid', `The setting "${name}" wants ${wants}, not "${value}".`, { exitCode: 2 })
