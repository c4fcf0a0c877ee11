import { EndonymError } from '../../core/error.ts'
import type { Scale } from '../recipe.ts'

/**
 * Kakugo (arXiv 2601.14051): from a language's name alone a large teacher writes topics, scenarios, messages and answers in the language, and
 * translates English conversations. At scale `paper` the counts are the paper's.
 *
 * What goes past the paper is marked so, and can be switched off: `reasoning=teacher thinking=1 thinkingTranslated=0 withoutSystem=0 followUps=0 checks=0 duplicates=0 contamination=0`.
 */
export type KakugoOptions = {
  /** Of the 16 fixed topics, how many are begun with; topics that cover each, and topics that cover each of those; messages about each of all of them, at most. */
  seedTopics: number
  macroTopics: number
  topics: number
  promptsPerTopic: number
  /** Kinds of situation in each of two lists (general, speakers'), cases of each, messages for each of both. */
  broadScenarios: number
  detailedScenarios: number
  promptsPerScenario: number
  /** Where native texts come from (`auto`, `fineweb`, `udhr`, a folder), how many, bytes of each at most, messages that are written for each (one is kept). */
  texts: string
  contextTexts: number
  textBytes: number
  promptsPerText: number
  /** Share of the messages that are rewritten. */
  revised: number
  /** English conversations to translate: `shipped`, a hub's data set (`owner/name/configuration`) or a `.jsonl` file; how many, tokens of each at most. */
  instructions: string
  conversations: number
  conversationTokens: number
  /** `teacher` as in the paper, or `translator` (see --translator). */
  translateBy: string
  /** Bounds of a translated turn's length over the original's, in tokens. */
  ratioLeast: number
  ratioMost: number
  /** Of the teacher; tokens that it writes at most, and for translations. */
  temperature: number
  maxTokens: number
  translationTokens: number
  /** Draws until an answer can be read; the two lists of kinds of situation, on which a third of the data rests, get more. */
  attempts: number
  broadAttempts: number

  /** Past the paper. `language`: thoughts in the language; `teacher`: as they come, as in the paper; `none`. */
  reasoning: string
  /** Past the paper. Shares of the answers that are given with thoughts: written by the teacher, and translated. The paper: 1 and 0. */
  thinking: number
  thinkingTranslated: number
  /** Past the paper. Share of the plain rows that have no system prompt. */
  withoutSystem: number
  /** Past the paper. Share of the answered messages that are gone on from by a second message and answer. */
  followUps: number
  /** Past the paper. 1: every field is checked for language, script, English, loops, refusals, addresses, markers, leaked reasoning. 0: for encoding and media alone. */
  checks: number
  /** Past the paper. Jaccard similarity of word trigrams from which a message or answer counts as a copy; 0: only equal ones do. */
  duplicates: number
  /** Past the paper. Words in a row that a row may not have in common with what is measured on; 0: it is not looked at. */
  contamination: number

  /** Tokens of training data. */
  tokens: number
  heldOut: number
  /** `full` or `lora`. */
  weights: string
  rank: number
  learningRate: number
  warmup: number
  epochs: number
  batch: number
  length: number
  /** 1: rows are packed into sequences of `length`. */
  packing: number
  evaluateEvery: number
  patience: number
  seed: number
}

const paper: KakugoOptions = {
  seedTopics: 16,
  macroTopics: 20,
  topics: 10,
  promptsPerTopic: 3,
  broadScenarios: 30,
  detailedScenarios: 30,
  promptsPerScenario: 5,
  texts: 'auto',
  contextTexts: 10_000,
  textBytes: 4000,
  promptsPerText: 3,
  revised: 0.5,
  instructions: 'BAAI/Infinity-Instruct/7M_core',
  conversations: 15_000,
  conversationTokens: 2048,
  translateBy: 'teacher',
  ratioLeast: 0.75,
  ratioMost: 25,
  temperature: 1,
  maxTokens: 2048,
  translationTokens: 4096,
  attempts: 3,
  broadAttempts: 20,
  reasoning: 'language',
  thinking: 0.5,
  thinkingTranslated: 0.5,
  withoutSystem: 0.3,
  followUps: 0.2,
  checks: 1,
  duplicates: 0.8,
  contamination: 8,
  tokens: 100_000_000,
  heldOut: 0.02,
  weights: 'full',
  rank: 16,
  learningRate: 1e-5,
  warmup: 0.05,
  epochs: 1,
  // The paper trains on eight GPUs; how many sequences each takes is not published.
  batch: 8,
  length: 8000,
  packing: 1,
  evaluateEvery: 100,
  patience: 3,
  seed: 1,
}

/** What a student of 135 million parameters on two cores can be trained on in minutes. */
const onTwoCores = {
  instructions: 'shipped',
  translateBy: 'translator',
  conversationTokens: 512,
  weights: 'lora',
  learningRate: 1e-3,
  batch: 2,
  length: 384,
  packing: 0,
  heldOut: 0.04,
}

/** The settings at each scale. */
export const kakugoOptions: Record<Scale, KakugoOptions> = {
  // For the student as its own teacher: short texts and answers, and a temperature at which a small model still makes sense.
  demo: {
    ...paper,
    ...onTwoCores,
    seedTopics: 8,
    macroTopics: 2,
    topics: 1,
    promptsPerTopic: 2,
    broadScenarios: 3,
    detailedScenarios: 2,
    promptsPerScenario: 2,
    contextTexts: 16,
    textBytes: 500,
    conversations: 120,
    temperature: 0.7,
    maxTokens: 256,
    translationTokens: 512,
    attempts: 2,
    broadAttempts: 6,
    tokens: 60_000,
    evaluateEvery: 60,
  },
  small: {
    ...paper,
    ...onTwoCores,
    macroTopics: 4,
    topics: 3,
    promptsPerTopic: 3,
    broadScenarios: 8,
    detailedScenarios: 6,
    promptsPerScenario: 4,
    contextTexts: 250,
    textBytes: 1500,
    conversations: 600,
    maxTokens: 512,
    translationTokens: 1024,
    tokens: 400_000,
    length: 512,
    evaluateEvery: 250,
  },
  paper,
}

const words = {
  reasoning: ['language', 'teacher', 'none'],
  translateBy: ['teacher', 'translator'],
  weights: ['lora', 'full'],
} as const

/** Refuses settings that are no settings. @throws EndonymError `setting_invalid` */
export function checkKakugo(options: KakugoOptions): void {
  for (const [name, allowed] of Object.entries(words)) {
    const value = options[name as keyof typeof words]
    if (!(allowed as readonly string[]).includes(value)) invalid(name, value, allowed.join(', '))
  }
  for (const name of ['revised', 'thinking', 'thinkingTranslated', 'withoutSystem', 'followUps', 'heldOut'] as const) {
    if (options[name] > 1) invalid(name, options[name], 'a share between 0 and 1')
  }
}

function invalid(name: string, value: unknown, wanted: string): never {
  throw new EndonymError('setting_invalid', `The setting "${name}" wants ${wanted}, not "${value}".`, { exitCode: 2 })
}
