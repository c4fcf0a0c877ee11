import { grouped } from '../../core/format.ts'
import { englishQuestions } from '../../data/questions.ts'
import type { Plan } from '../recipe.ts'
import type { KakugoOptions } from './kakugo-options.ts'

/**
 * Tokens of one of each. The prompts were counted in SmolLM2's tokens, and are a little fewer in those of larger models. What is written is estimated for a reasoning teacher such as
 * gpt-oss-120b, in a language of which its tokeniser makes some three tokens a word; teachers that do not reason write half of it.
 */
const tokens = {
  /** A prompt's fixed text; what it is about comes to it. */
  prompt: 260,
  /** What a reasoning teacher thinks, where its effort is low or medium. */
  thought: 200,
  /** A topic or a situation, in English. */
  topic: 15,
  /** A message in the language: about a topic, in a situation, about a text. */
  message: 60,
  situation: 110,
  request: 40,
  /** An answer in the language, as short as is asked for. */
  answer: 200,
  /** Thoughts in the language. */
  thoughts: 140,
  /** A question that ships, and its answer, in English. */
  question: 15,
  english: 60,
  /** A conversation of Infinity-Instruct, in English, and how many times as long it is in the language. */
  conversation: 450,
  growth: 1.8,
}

/** What was left of each kind in the paper's published data for Haitian Creole, of what had been asked for. */
const published = { topic: 8288 / 10_608, scenario: 8666 / 9300, context: 1, translated: 14_310 / 15_000 }

/** What a run by Kakugo would ask, at most, step by step, and what rows may come of it. */
export function kakugoPlan(o: KakugoOptions): Plan {
  const macro = o.seedTopics * o.macroTopics
  const topics = macro * o.topics
  const allTopics = o.seedTopics + macro + topics
  const broad = 2 * o.broadScenarios
  const detailed = broad * o.detailedScenarios
  const scenarios = broad + detailed
  const messages = {
    topic: allTopics * o.promptsPerTopic,
    scenario: scenarios * o.promptsPerScenario,
    context: o.contextTexts,
  }
  const text = o.textBytes / 4
  const prompts = messages.topic + messages.scenario + messages.context
  const revised = Math.round(prompts * o.revised)
  const contextShare = prompts === 0 ? 0 : messages.context / prompts
  const continued = Math.round(prompts * o.followUps)
  const shipped = o.instructions === 'shipped'
  const conversations = shipped ? Math.min(o.conversations, englishQuestions().length) : o.conversations
  const english = shipped ? tokens.question + tokens.english : tokens.conversation
  const thoughts =
    o.reasoning === 'language'
      ? Math.round((prompts + continued) * o.thinking + conversations * o.thinkingTranslated)
      : 0

  const step = (name: string, requests: number, about: number, written: number, most = o.maxTokens) => ({
    step: name,
    asks: 'teacher' as const,
    requests,
    promptTokens: Math.round(requests * (tokens.prompt + about)),
    completionTokens: Math.round(requests * Math.min(most, tokens.thought + written)),
  })
  const translated = english * tokens.growth
  const translations =
    o.translateBy === 'teacher'
      ? step('translations', conversations, english, translated, o.translationTokens)
      : {
          step: 'translations',
          asks: 'translator' as const,
          requests: conversations * 2,
          promptTokens: Math.round(conversations * english),
          completionTokens: Math.round(conversations * translated),
        }
  const perRow = {
    written: tokens.message + tokens.answer + contextShare * text,
    translated: translated,
    thinking: o.reasoning === 'none' ? 0 : tokens.thoughts,
  }
  const made =
    prompts * (perRow.written + o.thinking * perRow.thinking) +
    continued * 2 * perRow.written +
    conversations * (perRow.translated + o.thinkingTranslated * perRow.thinking)

  return {
    steps: [
      step('macro-topics', o.seedTopics, 0, o.macroTopics * tokens.topic),
      step('topics', macro, tokens.topic, o.topics * tokens.topic),
      step('topic-prompts', allTopics, tokens.topic, o.promptsPerTopic * tokens.message),
      step('broad-scenarios', o.broadScenarios > 0 ? 2 : 0, 0, o.broadScenarios * tokens.topic),
      step('detailed-scenarios', broad, tokens.topic, o.detailedScenarios * 2 * tokens.topic),
      step('scenario-prompts', scenarios, 2 * tokens.topic, o.promptsPerScenario * tokens.situation),
      step('context-prompts', o.contextTexts, text, o.promptsPerText * tokens.request),
      step('revisions', revised, tokens.message + contextShare * text, tokens.message),
      step('responses', prompts, tokens.message + contextShare * text, tokens.answer),
      step('follow-ups', continued, perRow.written, tokens.message),
      step('follow-up-answers', continued, perRow.written + tokens.message, tokens.answer),
      ...(shipped ? [step('english-answers', conversations, tokens.question, tokens.english)] : []),
      translations,
      step('thoughts', thoughts, perRow.written, tokens.thoughts),
    ].filter(({ requests }) => requests > 0),
    trainingTokens: Math.round(Math.min(o.tokens, made) * (1 - o.heldOut) * o.epochs),
    notes: [expectation({ ...messages, translated: conversations }, Math.round(continued * published.scenario))],
  }
}

function expectation(asked: Record<keyof typeof published, number>, continued: number): string {
  const rows = (kind: keyof typeof published) => Math.round(asked[kind] * published[kind])
  const [topic, scenario, context, translated] = (['topic', 'scenario', 'context', 'translated'] as const).map(rows)
  const total = (topic ?? 0) + (scenario ?? 0) + (context ?? 0) + (translated ?? 0)
  return (
    `Where as much is kept as in the paper’s data for Haitian Creole, it comes to ${grouped(total)} answers: ${grouped(translated ?? 0)} translated, ${grouped(context ?? 0)} about texts, ` +
    `${grouped(scenario ?? 0)} in situations, ${grouped(topic ?? 0)} about topics${continued > 0 ? `; and about ${grouped(continued)} second answers of conversations` : ''}.`
  )
}
