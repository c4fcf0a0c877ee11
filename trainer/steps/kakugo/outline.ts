import type { Language } from '../../../data/language.ts'
import { broadScenariosPrompt, detailedScenariosPrompt } from '../../../data/prompts/kakugo/scenarios.ts'
import { type Scope, seedTopics, topicsPrompt } from '../../../data/prompts/kakugo/topics.ts'
import { createExample, type Example } from '../../example.ts'
import type { Step } from '../../step.ts'
import { type Asking, askForms, listForm } from './ask-lists.ts'
import type { Judge } from './checks.ts'
import { listStep } from './list-step.ts'

/** A topic or a scenario as a prompt speaks of it: its text, that of what it is a part of, and whose life it is about. */
export type Outlined = { text: string; within?: string; scope: Scope }

export type Expansion = {
  name: string
  title: string
  from: readonly string[]
  /** What is asked for about each, at most; more are not taken. */
  count: number
  asking: Asking
  /** Which of what comes in is asked about; the others only say what these are a part of. */
  which?: (example: Example) => boolean
  /** Made anew for each run of the step. */
  judge?: (language: Language) => Judge
}

/** The fixed beginning. Its kinds, which all that follows inherits, say whose life it is about: `general` or `speakers`. */
export function seeds(options: { seedTopics: number }): Step {
  return {
    name: 'seed-topics',
    title: 'Fixed topics to begin with, general ones and ones of the language’s speakers',
    from: [],
    run: async function* (_input, { language }) {
      for (const { scope, text } of seedTopics(language).slice(0, options.seedTopics)) {
        yield createExample({ kind: scope, source: [{ role: 'user', content: text }] })
      }
    },
  }
}

/** Topics that cover each topic. */
export const topics = (options: Expansion): Step =>
  expand(options, topicsPrompt, (kind, text) => ({ kind, source: [{ role: 'user', content: text }] }))

/** Cases of each kind of situation. */
export const detailedScenarios = (options: Expansion): Step =>
  expand(
    options,
    (language, { text, scope, count }) => detailedScenariosPrompt(language, { scenario: text, count, scope }),
    (kind, text) => ({ kind, source: [{ role: 'user', content: text }] }),
  )

/** Asks for a list about each of what comes in, and yields what is in the lists. */
export function expand(
  { name, title, from, count, asking, which = () => true, judge }: Expansion,
  prompt: (language: Language, about: Outlined & { topic: string; count: number }) => string,
  content: (kind: Scope, text: string) => Pick<Example, 'kind' | 'source' | 'target'>,
): Step {
  return listStep<Scope>({
    name,
    title,
    from,
    asking,
    open: ({ language }) => {
      const texts = new Map<string, string>()
      const judged = judge?.(language)
      return {
        ask: (example) => {
          const text = example.source?.[0]?.content ?? ''
          texts.set(example.id, text)
          if (count === 0 || !which(example)) return undefined
          const within = texts.get(example.parents[0] ?? '')
          const scope: Scope = example.kind === 'speakers' ? 'speakers' : 'general'
          const about = { topic: text, text, scope, count, ...(within !== undefined && { within }) }
          return { kind: scope, about: scope, prompt: prompt(language, about) }
        },
        make: function* (list, { about: scope, parent, requests }) {
          for (const text of list.slice(0, count)) {
            const example = createExample({ ...content(scope, text), parents: [parent.id], requests })
            yield { example, text, dropped: judged?.(text, example.id) }
          }
        },
      }
    },
  })
}

/** Kinds of situation in which people turn to an assistant: a list of everybody's and one of the speakers'. Both are needed, so they are drawn until they can be read. */
export function broadScenarios(options: { count: number; asking: Asking }): Step {
  const { count, asking } = options
  return {
    name: 'broad-scenarios',
    title: 'Kinds of situation in which people turn to an assistant',
    from: [],
    run: async function* (_input, context) {
      const teacher = await context.teacher()
      const asks = (count > 0 ? (['general', 'speakers'] as const) : []).map((scope) => ({
        about: scope,
        example: createExample({ kind: scope }),
        prompt: broadScenariosPrompt(context.language, { count, scope }),
      }))
      for await (const answered of askForms(asks, listForm, asking, { context, teacher, step: 'broad-scenarios' })) {
        const { about: kind, requests } = answered
        if ('dropped' in answered) yield createExample({ kind, requests, dropped: answered.dropped })
        else {
          for (const text of answered.value.slice(0, count))
            yield createExample({ kind, source: [{ role: 'user', content: text }], requests })
        }
      }
    },
  }
}
