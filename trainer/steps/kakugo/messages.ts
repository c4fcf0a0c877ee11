import { scenarioMessagesPrompt } from '../../../data/prompts/kakugo/scenarios.ts'
import { topicMessagesPrompt } from '../../../data/prompts/kakugo/topics.ts'
import type { Step } from '../../step.ts'
import { type Expansion, expand } from './outline.ts'

/** First messages to an assistant about each topic, in the language. */
export const topicMessages = (options: Expansion): Step =>
  expand(options, topicMessagesPrompt, (_, text) => ({ kind: 'topic', target: [{ role: 'user', content: text }] }))

/** First messages to an assistant in each situation, in the language. */
export const scenarioMessages = (options: Expansion): Step =>
  expand(
    options,
    (language, { text, within, count }) =>
      scenarioMessagesPrompt(language, { scenario: text, count, ...(within !== undefined && { within }) }),
    (_, text) => ({ kind: 'scenario', target: [{ role: 'user', content: text }] }),
  )
