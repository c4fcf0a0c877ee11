import { englishQuestions, englishSentences } from '../../data/questions.ts'
import type { Recipe, Scale } from '../recipe.ts'
import { answer } from '../steps/answer.ts'
import { checkAvailable, chooseQuestions } from '../steps/english-questions.ts'
import {
  languageId,
  lengthRatio,
  looping,
  markup,
  persona,
  script,
  stillEnglish,
  tooShort,
  untranslated,
} from '../steps/filters.ts'
import { mix } from '../steps/mix.ts'
import { pairings, type RowKind } from '../steps/pairings.ts'
import { translate } from '../steps/translate.ts'

/**
 * Self-distillation from resource-rich languages: "Enhancing Multilingual Capabilities of Large Language Models through Self-Distillation from Resource-Rich Languages" (Zhang et al., ACL 2024,
 * arXiv 2402.12204). The paper's proportions, dictionaries and code-switch rate are not published, so each is a setting here, with a default that was measured on SmolLM2-135M (docs/design.md).
 */
export type SdrrlOptions = {
  /** English questions that the student answers. */
  questions: number
  /** Answers a question, each with its own seed. */
  draws: number
  /** Sampling temperature of the answers. Low: a small student's answers get poor fast. */
  temperature: number
  /** Tokens of an answer at most; what is longer is dropped as unfinished. */
  maxTokens: number
  /** English sentences that are translated as the parallel corpus. */
  sentences: number
  /** Sentences of the parallel corpus in a row at most. */
  sentencesPerRow: number
  /** Share of a question's words that a code-switched row replaces. */
  codeSwitchRate: number
  /** Bounds of the translation's length over the original's, in characters. */
  ratioLeast: number
  ratioMost: number
  /** Share of words that the translator may leave untranslated. */
  untranslatedMost: number
  /** Tokens of training data. */
  tokens: number
  /** Shares of those tokens, by kind of row. */
  shareRichRich: number
  shareTargetTarget: number
  shareRichTarget: number
  shareTargetRich: number
  shareCodeSwitched: number
  sharePartlyTranslated: number
  shareCompletion: number
  shareToTarget: number
  shareToRich: number
  /** Share of the rows that is held out from training. */
  heldOut: number
  /** LoRA's rank, the learning rate, passes over the data, rows a step, tokens a row at most. */
  rank: number
  learningRate: number
  epochs: number
  batch: number
  length: number
  /** Steps between evaluations on the held-out rows, and how many without improvement end the training. */
  evaluateEvery: number
  patience: number
  seed: number
}

const common = {
  temperature: 0.3,
  maxTokens: 112,
  sentencesPerRow: 4,
  codeSwitchRate: 0.3,
  ratioLeast: 0.6,
  ratioMost: 1.8,
  untranslatedMost: 0.12,
  shareRichRich: 0.06,
  shareTargetTarget: 0.2,
  shareRichTarget: 0.04,
  shareTargetRich: 0.02,
  shareCodeSwitched: 0.04,
  sharePartlyTranslated: 0.06,
  shareCompletion: 0.04,
  shareToTarget: 0.5,
  shareToRich: 0.04,
  heldOut: 0.04,
  rank: 16,
  length: 256,
  patience: 3,
  seed: 1,
}

const byScale: Record<Scale, SdrrlOptions> = {
  demo: {
    ...common,
    questions: 240,
    draws: 1,
    sentences: 1000,
    tokens: 80_000,
    learningRate: 1e-3,
    epochs: 1,
    batch: 2,
    evaluateEvery: 120,
  },
  small: {
    ...common,
    questions: 600,
    draws: 2,
    sentences: 1000,
    tokens: 240_000,
    learningRate: 1e-3,
    epochs: 1,
    batch: 2,
    evaluateEvery: 250,
  },
  // The replication that PAPERS.md cites: Alpaca's 52,002 questions, 3 epochs, learning rate 2e-5, batches of 128.
  paper: {
    ...common,
    questions: 52_002,
    draws: 1,
    sentences: 100_000,
    tokens: 50_000_000,
    learningRate: 2e-5,
    epochs: 3,
    batch: 128,
    length: 1024,
    maxTokens: 512,
    evaluateEvery: 200,
  },
}

export const sdrrl: Recipe<SdrrlOptions> = {
  name: 'sdrrl',
  paper: 'SDRRL (Zhang et al., ACL 2024, arXiv 2402.12204)',
  defaults: (scale) => ({ ...byScale[scale] }),
  check: checkAvailable,

  steps: (options) => [
    chooseQuestions({ questions: options.questions, sentences: options.sentences }),
    answer({
      draws: options.draws,
      system: 'You are a helpful assistant. Answer in one to three short, plain sentences.',
      sampling: {
        temperature: options.temperature,
        topP: 0.9,
        topK: 40,
        minP: 0.05,
        repeatPenalty: 1.1,
        maxTokens: options.maxTokens,
      },
      filters: [looping, markup, persona, tooShort(3)],
      duplicates: 0.8,
    }),
    translate({
      filters: (language) => [
        lengthRatio(options.ratioLeast, options.ratioMost),
        script(language, 0.7),
        untranslated(options.untranslatedMost),
        stillEnglish(0.15),
        languageId(language),
        looping,
      ],
      duplicates: 0.8,
    }),
    pairings({ codeSwitchRate: options.codeSwitchRate, sentencesPerRow: options.sentencesPerRow }),
    mix({ tokens: options.tokens, shares: sharesOf(options), length: options.length, heldOut: options.heldOut }),
  ],

  training: ({ rank, learningRate, epochs, batch, length, evaluateEvery, patience, seed }) => ({
    rank,
    learningRate,
    epochs,
    batch,
    length,
    evaluateEvery,
    patience,
    seed,
  }),

  /** The constants were measured on a demo in Galician, in tokens of SmolLM2: 240 questions, 1,000 sentences. */
  plan: ({ questions, draws, sentences, maxTokens, codeSwitchRate, tokens, heldOut, epochs }) => {
    const pairs = questions * draws
    const texts = questions + pairs + sentences
    // Words come again: of 1,872 words of 600 questions 722 were different, and their number grows as Heaps' law has it.
    const lookups = pairs * 10.4 * codeSwitchRate
    const words = Math.round(Math.min(lookups, 722 * (lookups / 1872) ** 0.6))
    // What all rows come to, of which the mix takes its budget; 13 % of the answers were dropped.
    const made = pairs * 514 + sentences * 142
    const shipped = { questions: englishQuestions().length, sentences: englishSentences().length }
    return {
      steps: [
        {
          step: 'answers',
          asks: 'teacher',
          requests: pairs,
          promptTokens: pairs * 41,
          // A ninth of the answers were cut off at 112 tokens; they run on where they may.
          completionTokens: pairs * Math.min(maxTokens, maxTokens > 112 ? 60 : 43),
        },
        {
          step: 'translations',
          asks: 'translator',
          requests: texts,
          promptTokens: texts * 60,
          completionTokens: texts * 25,
        },
        {
          step: 'rows',
          asks: 'translator',
          requests: words + 2,
          promptTokens: words * 46,
          completionTokens: words * 3,
        },
      ],
      trainingTokens: Math.round(Math.min(tokens, made) * (1 - heldOut) * epochs),
      notes: [
        ...(questions > shipped.questions || sentences > shipped.sentences
          ? [
              `Endonym ships ${shipped.questions.toLocaleString('en')} questions and ${shipped.sentences.toLocaleString('en')} sentences: ` +
                'a run that wants more is refused.',
            ]
          : []),
        ...(made < tokens
          ? [
              `The rows will come to about ${made.toLocaleString('en')} tokens, less than the setting tokens=${tokens} allows.`,
            ]
          : []),
      ],
    }
  },
}

function sharesOf(options: SdrrlOptions): Record<RowKind, number> {
  return {
    'rich-rich': options.shareRichRich,
    'target-target': options.shareTargetTarget,
    'rich-target': options.shareRichTarget,
    'target-rich': options.shareTargetRich,
    'code-switched': options.shareCodeSwitched,
    'partly-translated': options.sharePartlyTranslated,
    completion: options.shareCompletion,
    'to-target': options.shareToTarget,
    'to-rich': options.shareToRich,
  }
}
