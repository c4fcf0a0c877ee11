import type { Progress } from '../../core/progress.ts'
import { createRandom } from '../../core/random.ts'
import type { Language } from '../../data/language.ts'
import type { Memory } from '../../data/memory.ts'
import type { Message } from '../../models/runtime.ts'
import { askEach, questionOf } from '../ask.ts'
import { createExample, type Example } from '../example.ts'
import type { CompletionRequest, Teacher } from '../teacher.ts'
import type { Seeds } from './seeds.ts'
import type { ScoreSettings, Strategy } from './settings.ts'

export type DataContext = {
  language: Language
  rich: Language
  seeds: Seeds
  settings: ScoreSettings
  memory: Memory
  progress: Progress
  signal: AbortSignal
}

/** Prompts in the language that `generate` shows as examples. */
const shown = 3

/** A text of the teacher's, what it was remembered under, and why it is of no use. */
type Answer = { text: string; requests: string[]; problem?: string }

/**
 * A teacher's small data set by one strategy (Polyglot Teachers, "strategies"), a row for each seed. Rows that did not come to an end, or to nothing, are dropped; nothing else is, since the data
 * is to show the teacher as it is.
 *
 * - `generate`: it writes a prompt in the language, with a topic and some prompts as examples, then answers it.
 * - `translate`: an English prompt and its answer, both translated by it; without an answer in the seeds it answers in English first.
 * - `respond`: it answers a prompt in the language: a native one, or its own translation of the English one.
 */
export async function* makeRows(strategy: Strategy, teacher: Teacher, context: DataContext): AsyncGenerator<Example> {
  const makers = { generate, translate, respond } satisfies Record<Strategy, typeof generate>
  const { prompts, responses } = await makers[strategy](createAsker(strategy, teacher, context), context)
  for (const [place, prompt] of prompts.entries()) {
    const response = responses[place] ?? { text: '', requests: [] }
    const problem = prompt.problem === undefined ? response.problem : `the prompt: ${prompt.problem}`
    yield createExample({
      kind: strategy,
      prompt: [{ role: 'user', content: prompt.text }],
      completion: [{ role: 'assistant', content: response.text }],
      requests: [...new Set([...prompt.requests, ...response.requests])],
      ...(problem !== undefined && { dropped: { by: 'unfinished', reason: problem } }),
    })
  }
}

type Asker = (
  part: string,
  asked: readonly { messages: Message[]; after?: Answer }[],
  limits: { maxTokens: number; temperature?: number },
) => Promise<Answer[]>

type Made = { prompts: Answer[]; responses: Answer[] }

async function generate(ask: Asker, context: DataContext): Promise<Made> {
  const { language, seeds, settings } = context
  const given = await promptsInLanguage(ask, context)
  const usable = given.filter(({ problem }) => problem === undefined).map(({ text }) => text)
  const prompts = await ask(
    'prompts',
    seeds.english.map(({ topic }, place) => ({
      messages: promptWriter(language, topic, exampleOf(usable, place)),
    })),
    { maxTokens: Math.ceil(settings.maxTokens / 2) },
  )
  return { prompts, responses: await respondTo(ask, prompts, context) }
}

async function translate(ask: Asker, context: DataContext): Promise<Made> {
  const { seeds, settings, rich } = context
  const prompts = await translated(
    ask,
    'prompts',
    seeds.english.map(({ prompt }) => known(prompt)),
    context,
  )
  const unanswered = seeds.english.filter(({ answer }) => answer === undefined)
  const answers = await ask(
    'answers',
    unanswered.map(({ prompt }) => ({ messages: answerer(rich, prompt) })),
    { maxTokens: settings.maxTokens },
  )
  const originals = seeds.english.map(({ answer }) =>
    answer === undefined ? (answers.shift() as Answer) : known(answer),
  )
  return { prompts, responses: await translated(ask, 'translations', originals, context) }
}

async function respond(ask: Asker, context: DataContext): Promise<Made> {
  const prompts = await promptsInLanguage(ask, context)
  return { prompts, responses: await respondTo(ask, prompts, context) }
}

const known = (text: string): Answer => ({ text, requests: [] })

/** The native prompts, or the teacher's translations of the English ones. */
async function promptsInLanguage(ask: Asker, context: DataContext): Promise<Answer[]> {
  const { native, english } = context.seeds
  if (native.length > 0) return native.map(known)
  return translated(
    ask,
    'prompts',
    english.map(({ prompt }) => known(prompt)),
    context,
  )
}

function translated(ask: Asker, part: string, originals: readonly Answer[], { language, rich, settings }: DataContext) {
  return ask(
    part,
    originals.map((original) => ({ messages: translator(rich, language, original.text), after: original })),
    // Twice: a language that the tokeniser does not know takes more tokens for the same text.
    { maxTokens: 2 * settings.maxTokens, temperature: 0 },
  )
}

function respondTo(ask: Asker, prompts: readonly Answer[], { language, settings }: DataContext) {
  return ask(
    'responses',
    prompts.map((prompt) => ({ messages: answerer(language, prompt.text), after: prompt })),
    { maxTokens: settings.maxTokens },
  )
}

const nameOf = ({ name, endonym }: Language) =>
  endonym === undefined || endonym === name ? name : `${name} (${endonym})`

const answerer = (language: Language, prompt: string): Message[] => [
  {
    role: 'system',
    content: `You are a helpful assistant. You write in ${nameOf(language)} only. Answer in one to three short, plain sentences.`,
  },
  { role: 'user', content: prompt },
]

const translator = (from: Language, to: Language, text: string): Message[] => [
  {
    role: 'system',
    content: `You translate from ${from.name} to ${nameOf(to)}. Answer with the translation alone: same paragraphs, no notes.`,
  },
  { role: 'user', content: text },
]

const promptWriter = (language: Language, topic: string | undefined, examples: readonly string[]): Message[] => [
  {
    role: 'system',
    content: `You are a native speaker of ${nameOf(language)}. You write in ${nameOf(language)} only.`,
  },
  {
    role: 'user',
    content: [
      `Write one question or request that a person might put to an assistant${topic ? `, about this topic: ${topic}` : ''}. Write it in ${nameOf(language)}. Answer with the question alone.`,
      ...(examples.length > 0
        ? ['Such questions are:', ...examples.map((example) => `- ${example}`), 'Write another one.']
        : []),
    ].join('\n'),
  },
]

/** Some of the prompts, others for each place. */
function exampleOf(prompts: readonly string[], place: number): string[] {
  return createRandom(`examples ${place}`).shuffle(prompts).slice(0, shown)
}

/** Asks the teacher through memory. What is asked after an answer that is of no use is not asked. */
function createAsker(strategy: Strategy, teacher: Teacher, context: DataContext): Asker {
  const { settings, memory, progress } = context
  return async (part, asked, { maxTokens, temperature = settings.temperature }) => {
    const answers: Answer[] = asked.map(({ after }) => ({
      text: '',
      requests: after?.requests ?? [],
      problem: after?.problem ?? 'not asked',
    }))
    const wanted = asked.flatMap(({ messages, after }, place) => {
      if (after?.problem !== undefined) return []
      const random = createRandom(`polyglot-score ${settings.seed} ${place} ${messages.at(-1)?.content}`)
      const request: CompletionRequest = {
        messages,
        sampling: {
          temperature,
          topP: settings.topP,
          topK: 40,
          minP: 0.05,
          repeatPenalty: 1.1,
          maxTokens,
          seed: random.int(2 ** 32),
        },
        // Two rows of one question (a topic that comes again) are two draws of it.
        draw: place,
      }
      return [{ place, request, key: questionOf(teacher, request) }]
    })
    let done = 0
    const stage = `${teacher.title}, ${strategy}`
    const answered = askEach(wanted, teacher, context, ({ place, key }, { text, finishReason }) => {
      progress({ stage, done: ++done, total: wanted.length, unit: part })
      const trimmed = text.trim()
      const problem =
        finishReason !== 'stop' ? 'it did not end by itself' : trimmed === '' ? 'nothing was answered' : undefined
      return { place, text: trimmed, hash: memory.hash(key), problem }
    })
    for await (const { place, text, hash, problem } of answered) {
      const requests = [...(answers[place]?.requests ?? []), hash]
      answers[place] = { text, requests, ...(problem !== undefined && { problem }) }
    }
    return answers
  }
}
