import { z } from 'zod'
import { conversationPrompt } from '../../../data/prompts/kakugo/translations.ts'
import type { Message } from '../../../models/runtime.ts'
import { mapConcurrent } from '../../concurrent.ts'
import { createExample, type Dropped, type Example } from '../../example.ts'
import type { Step, StepContext } from '../../step.ts'
import { rememberTranslation, translationKey } from '../translate.ts'
import { type Answered, type Asking, askForms, type Form } from './ask-lists.ts'
import { textCheck } from './checks.ts'

/** Who translates: the teacher, whole conversations at once, as the paper does; or the run's translator, turn by turn. */
export type TranslateBy = 'teacher' | 'translator'

const turns = z.array(z.object({ role: z.string(), content: z.string() })).min(1)

const conversationForm: Form<{ role: string; content: string }[]> = {
  name: 'conversation',
  schema: z.toJSONSchema(
    z.strictObject({
      messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string() })),
    }),
  ),
  reader: z.preprocess(
    (value) => (Array.isArray(value) ? value : (value as { messages?: unknown } | null)?.messages),
    turns,
  ),
}

/** English conversations come into the language turn by turn, in the same structure and in a length that fits. */
export function translateConversations(options: {
  by: TranslateBy
  asking: Asking
  ratioLeast: number
  ratioMost: number
  checks: boolean
}): Step {
  const name = 'translations'
  return {
    name,
    title: 'English conversations are translated',
    from: ['instructions', 'english-answers'],
    run: async function* (input, context) {
      const whole = async function* () {
        for await (const example of input) if (example.source?.at(-1)?.role === 'assistant') yield example
      }
      const { language, progress } = context
      const checkOf = {
        user: textCheck({ language, field: 'prompt', checks: options.checks }),
        assistant: textCheck({ language, field: 'answer', checks: options.checks }),
      }
      const translated =
        options.by === 'teacher' ? byTeacher(whole(), options.asking, context) : byTranslator(whole(), context)
      let done = 0
      for await (const { example: original, requests, ...rest } of translated) {
        progress({ stage: name, done: ++done, unit: 'conversations' })
        const source = original.source ?? []
        if ('dropped' in rest) {
          yield createExample({ kind: original.kind, source, parents: [original.id], requests, dropped: rest.dropped })
          continue
        }
        const target = rest.value.map(({ role, content }) => ({
          role: role as Message['role'],
          content: content.trim(),
        }))
        const example = createExample({ kind: original.kind, source, target, parents: [original.id], requests })
        const dropped =
          otherStructure(source, target) ??
          (await outOfProportion(source, target, options, context)) ??
          firstFault(target, (turn) => checkOf[turn.role === 'user' ? 'user' : 'assistant'](turn.content))
        yield dropped ? { ...example, dropped } : example
      }
    },
  }
}

type Translated = Answered<undefined, { role: string; content: string }[]>

async function* byTeacher(
  examples: AsyncIterable<Example>,
  asking: Asking,
  context: StepContext,
): AsyncGenerator<Translated> {
  const teacher = await context.teacher()
  const asks = async function* () {
    for await (const example of examples)
      yield { about: undefined, example, prompt: conversationPrompt(context.language, example.source ?? []) }
  }
  yield* askForms(asks(), conversationForm, asking, { context, teacher, step: 'translations' })
}

async function* byTranslator(examples: AsyncIterable<Example>, context: StepContext): AsyncGenerator<Translated> {
  const translator = await context.translator()
  yield* mapConcurrent(examples, translator.concurrency * 8, async (example) => {
    const source = example.source ?? []
    const texts = await Promise.all(source.map(({ content }) => rememberTranslation(context, translator, content)))
    return {
      about: undefined,
      example,
      requests: source.map(({ content }) => context.memory.hash(translationKey(context, translator, content))),
      value: source.map(({ role }, place) => ({ role, content: texts[place]?.text ?? '' })),
    }
  })
}

function otherStructure(source: readonly Message[], target: readonly Message[]): Dropped | undefined {
  if (target.length !== source.length)
    return { by: 'structure', reason: `${target.length} turns, of ${source.length} in the original` }
  const wrong = target.findIndex(({ role }, place) => role !== source[place]?.role)
  return wrong < 0 ? undefined : { by: 'structure', reason: `turn ${wrong + 1} is ${target[wrong]?.role}'s` }
}

async function outOfProportion(
  source: readonly Message[],
  target: readonly Message[],
  { ratioLeast, ratioMost }: { ratioLeast: number; ratioMost: number },
  { countTokens }: StepContext,
): Promise<Dropped | undefined> {
  // What the chat template adds is no part of a text's length.
  const frame = await countTokens([{ role: 'user', content: '' }])
  const tokens = async (content: string) => (await countTokens([{ role: 'user', content }])) - frame
  for (const [place, { content }] of target.entries()) {
    const ratio = (await tokens(content)) / (await tokens(source[place]?.content ?? ''))
    if (ratio < ratioLeast || ratio > ratioMost)
      return {
        by: 'length ratio',
        reason: `turn ${place + 1}: translation/original ${ratio.toFixed(2)} in tokens, outside ${ratioLeast}–${ratioMost}`,
      }
  }
  return undefined
}

function firstFault(turns: readonly Message[], check: (turn: Message) => Dropped | undefined): Dropped | undefined {
  for (const turn of turns) {
    const dropped = check(turn)
    if (dropped) return dropped
  }
  return undefined
}
