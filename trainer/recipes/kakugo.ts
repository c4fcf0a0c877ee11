import type { Language } from '../../data/language.ts'
import type { Sampling } from '../../models/runtime.ts'
import type { Recipe } from '../recipe.ts'
import { answerEnglish, answerFollowUps, answerPrompts } from '../steps/kakugo/answers.ts'
import type { Asking } from '../steps/kakugo/ask-lists.ts'
import { duplicateCheck, type Judge, judgeAll, textCheck } from '../steps/kakugo/checks.ts'
import { contextMessages } from '../steps/kakugo/contexts.ts'
import { followUps } from '../steps/kakugo/follow-ups.ts'
import { chooseInstructions } from '../steps/kakugo/instructions.ts'
import { scenarioMessages, topicMessages } from '../steps/kakugo/messages.ts'
import { nativeTexts } from '../steps/kakugo/native-texts.ts'
import { broadScenarios, detailedScenarios, seeds, topics } from '../steps/kakugo/outline.ts'
import { choosePrompts } from '../steps/kakugo/prompts.ts'
import { revise } from '../steps/kakugo/revise.ts'
import { makeRows } from '../steps/kakugo/rows.ts'
import { type Reasoning, writeThoughts } from '../steps/kakugo/thoughts.ts'
import { type TranslateBy, translateConversations } from '../steps/kakugo/translations.ts'
import { watchUsable } from '../steps/kakugo/usable.ts'
import { mix } from '../steps/mix.ts'
import { checkKakugo, type KakugoOptions, kakugoOptions } from './kakugo-options.ts'
import { kakugoPlan } from './kakugo-plan.ts'

/** The paper's method section, and what goes past it: see `kakugo-options.ts` for every setting and docs/kakugo.md for every step. */
export const kakugo: Recipe<KakugoOptions> = {
  name: 'kakugo',
  paper: 'Kakugo (arXiv 2601.14051)',
  defaults: (scale) => ({ ...kakugoOptions[scale] }),
  check: checkKakugo,
  steps: (options) => {
    const sampling: Sampling = {
      temperature: options.temperature,
      topP: 1,
      // For models in this process; endpoints have defaults of their own.
      topK: 40,
      minP: 0.05,
      repeatPenalty: 1.05,
      maxTokens: options.maxTokens,
    }
    const asking: Asking = { sampling, attempts: options.attempts }
    const checks = options.checks > 0
    const { duplicates, contamination } = options
    const message = (language: Language): Judge => {
      const check = textCheck({ language, field: 'prompt', checks })
      return judgeAll([check, duplicateCheck(0)])
    }
    const shares = { written: options.thinking, translated: options.thinkingTranslated }
    const reasoning = options.reasoning as Reasoning
    return [
      seeds(options),
      topics({
        name: 'macro-topics',
        title: 'The teacher divides each topic',
        from: ['seed-topics'],
        count: options.macroTopics,
        asking,
      }),
      topics({
        name: 'topics',
        title: 'The teacher divides each of those',
        from: ['seed-topics', 'macro-topics'],
        which: ({ parents }) => parents.length > 0,
        count: options.topics,
        asking,
      }),
      topicMessages({
        name: 'topic-prompts',
        title: 'The teacher writes messages about topics',
        from: ['seed-topics', 'macro-topics', 'topics'],
        count: options.promptsPerTopic,
        asking,
        judge: message,
      }),
      broadScenarios({ count: options.broadScenarios, asking: { sampling, attempts: options.broadAttempts } }),
      detailedScenarios({
        name: 'detailed-scenarios',
        title: 'The teacher names cases of each kind of situation',
        from: ['broad-scenarios'],
        count: options.detailedScenarios,
        asking,
      }),
      scenarioMessages({
        name: 'scenario-prompts',
        title: 'The teacher writes messages of people in those situations',
        from: ['broad-scenarios', 'detailed-scenarios'],
        count: options.promptsPerScenario,
        asking,
        judge: message,
      }),
      nativeTexts({
        source: options.texts,
        count: options.contextTexts,
        bytes: options.textBytes,
        checks,
        duplicates,
        contamination,
      }),
      contextMessages({
        count: options.promptsPerText,
        asking,
        judge: (language) => textCheck({ language, field: 'prompt', checks }),
      }),
      revise({ share: options.revised, asking, checks }),
      choosePrompts({ duplicates, contamination }),
      answerPrompts({ sampling, checks, duplicates }),
      followUps({ share: options.followUps, asking, checks }),
      answerFollowUps({ sampling, checks, duplicates }),
      chooseInstructions({
        source: options.instructions,
        count: options.conversations,
        tokens: options.conversationTokens,
        duplicates,
        contamination,
      }),
      answerEnglish({ sampling, checks }),
      translateConversations({
        by: options.translateBy as TranslateBy,
        asking: { sampling: { ...sampling, maxTokens: options.translationTokens }, attempts: options.attempts },
        ratioLeast: options.ratioLeast,
        ratioMost: options.ratioMost,
        checks,
      }),
      writeThoughts({ reasoning, shares, asking, checks }),
      makeRows({ reasoning, shares, withoutSystem: options.withoutSystem, contamination }),
      mix({ tokens: options.tokens, shares: mixShares, length: options.length, heldOut: options.heldOut }),
    ].map(watchUsable)
  },

  // A prompt, a text in it (of which a small model makes a token of two bytes), and two answers: one to be gone on from.
  contextSize: ({ textBytes, maxTokens }) => 512 * Math.ceil((400 + textBytes / 2 + 2 * maxTokens) / 512),

  training: (options) => ({
    weights: options.weights === 'full' ? 'full' : 'lora',
    rank: options.rank,
    learningRate: options.learningRate,
    warmup: options.warmup,
    packing: options.packing > 0,
    epochs: options.epochs,
    batch: options.batch,
    length: options.length,
    evaluateEvery: options.evaluateEvery,
    patience: options.patience,
    seed: options.seed,
  }),

  plan: kakugoPlan,

  about: ({ texts }) => ({
    made: 'The rows are messages and answers that the teacher wrote in the language, and English conversations that were translated.',
    weakness: `It knows of the language and the world what its teacher made of them, mistakes included.${texts === 'udhr' ? ' A third of the Universal Declaration was among its texts; it is measured on the rest.' : ''}`,
  }),
}

/** Shares of the tokens where there are more rows than `tokens` allows: those of the paper's data, and room for what is not in it. */
const mixShares = {
  topic: 0.1,
  'topic/thinking': 0.1,
  scenario: 0.1,
  'scenario/thinking': 0.1,
  context: 0.12,
  'context/thinking': 0.12,
  conversation: 0.05,
  'conversation/thinking': 0.05,
  translated: 0.17,
  'translated/thinking': 0.17,
}
