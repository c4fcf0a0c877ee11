import { EndonymError } from '../../core/error.ts'
import type { TrainingOptions } from '../engine.ts'
import type { Recipe } from '../recipe.ts'

/** How preferences are learned: from pairs, or from single answers that are wanted or not. */
export const methods = ['dpo', 'kto'] as const
export type Method = (typeof methods)[number]

/** What a training on preferences is made with; each can be overridden by name. */
export type PreferenceSettings = {
  /** How strongly the student is held near what it was: the higher, the nearer. */
  beta: number
  /** LoRA's rank, the learning rate, passes over the rows, rows a step, tokens of a prompt with its answer at most. */
  rank: number
  learningRate: number
  epochs: number
  batch: number
  length: number
  /** Share of the questions whose rows are held out, to see whether what was learned holds for others. */
  heldOut: number
  /** Evaluations on the held-out rows without improvement after which it stops. */
  patience: number
  seed: number
}

const defaults: PreferenceSettings = {
  beta: 0.1,
  rank: 16,
  learningRate: 5e-5,
  epochs: 3,
  batch: 8,
  length: 512,
  heldOut: 0.1,
  patience: 3,
  seed: 1,
}

/** Evaluations in a training. */
const evaluations = 4

/** Its settings as a training, which is evaluated so often that the best moment can be told. @param rows that are trained on */
export function trainingOf(settings: PreferenceSettings, method: Method, rows: readonly object[]): TrainingOptions {
  const { beta, rank, learningRate, epochs, batch, length, patience, seed } = settings
  const steps = Math.ceil(rows.length / batch) * epochs
  const weights = method === 'kto' ? labelWeights(rows) : undefined
  return {
    preferences: { name: method, beta, ...(weights && { weights }) },
    ...{ rank, learningRate, epochs, batch, length, patience, seed },
    warmup: 0.1,
    evaluateEvery: Math.max(1, Math.ceil(steps / evaluations)),
  }
}

/** The rarer kind of answers weighs as much as the other in all, as the paper on KTO advises (arXiv 2402.01306, section 4.2). */
function labelWeights(rows: readonly object[]): { wanted: number; unwanted: number } {
  const wanted = rows.filter((row) => 'label' in row && row.label === true).length
  const unwanted = rows.length - wanted
  if (wanted === 0 || unwanted === 0) return { wanted: 1, unwanted: 1 }
  return { wanted: Math.max(1, unwanted / wanted), unwanted: Math.max(1, wanted / unwanted) }
}

const papers: Record<Method, string> = {
  dpo: 'DPO (Rafailov et al., NeurIPS 2023, arXiv 2305.18290)',
  kto: 'KTO (Ethayarajh et al., ICML 2024, arXiv 2402.01306)',
}

/**
 * A method's name and settings, in the form of a recipe so that runs, their list and `--set` are what they are elsewhere. Its rows are people's, so it has no steps and is not among the recipes of
 * `distill`.
 */
export const preferenceRecipe = (method: Method): Recipe => ({
  name: method,
  paper: papers[method],
  defaults: () => ({ ...defaults }),
  check: (options) => {
    const { beta, rank, epochs, batch, length, heldOut } = options as PreferenceSettings
    const small = Object.entries({ rank, epochs, batch, length }).find(([, value]) => !(value >= 1))
    if (small) throw invalid(small[0], 'a number from 1 on', small[1])
    if (!(beta > 0)) throw invalid('beta', 'a number above 0', beta)
    if (!(heldOut < 1)) throw invalid('heldOut', 'a share below 1', heldOut)
  },
  steps: () => [],
  training: (options) => trainingOf(options as PreferenceSettings, method, []),
  plan: () => ({ steps: [], trainingTokens: 0, notes: [] }),
})

const invalid = (name: string, wants: string, value: unknown) =>
  new EndonymError('setting_invalid', `The setting "${name}" wants ${wants}, not "${value}".`, { exitCode: 2 })
