import { translationPrompt } from '../../evaluator/prompts.ts'
import { words } from '../../evaluator/text.ts'
import type { Message } from '../../models/runtime.ts'
import { mapConcurrent } from '../concurrent.ts'
import { createExample, type Example } from '../example.ts'
import type { Step, StepContext } from '../step.ts'
import { rememberTranslation, translationKey } from './translate.ts'

export type PairingOptions = {
  /** Share of a question's words that are replaced by their translations in a code-switched row. */
  codeSwitchRate: number
  /** Sentences of the parallel corpus in a row, at most; from one upward, at random. */
  sentencesPerRow: number
}

/** The kinds of rows of the transfer set, by what they teach. */
export const rowKinds = [
  'rich-rich',
  'target-target',
  'rich-target',
  'target-rich',
  'code-switched',
  'partly-translated',
  'completion',
  'to-target',
  'to-rich',
] as const

export type RowKind = (typeof rowKinds)[number]

/**
 * SDRRL's transfer set (arXiv 2402.12204): what means the same in two languages is put together in every way.
 *
 * From a question and its answer: the four pairings, the question code-switched, and the beginning of the answer to be completed. From sentences and their
 * translations: translation both ways, and partly translated texts to be finished. How many of each are kept is the mix's decision.
 */
export function pairings(options: PairingOptions): Step {
  return {
    name: 'rows',
    title: 'Rows of the transfer set are made',
    run: async function* (input, context) {
      const random = context.random.fork('rows')
      const instructions = await instructionsOf(context)
      let sentences: Example[] = []
      let wanted = 1
      let made = 0
      const { concurrency } = await context.translator()
      const isPair = (example: Example) => (example.source?.length ?? 0) > 1
      // The words of many questions are looked up at once: a translator's start costs more than its words.
      const prepared = mapConcurrent(input, concurrency * 4, async (example) => ({
        example,
        switched: isPair(example) ? await codeSwitch(example, options.codeSwitchRate, context) : undefined,
      }))
      for await (const { example, switched } of prepared) {
        if (isPair(example)) {
          yield* pairRows(example, instructions)
          if (switched) yield switched
          const completion = completionRow(example, instructions.complete)
          if (completion) yield completion
          context.progress({ stage: 'rows', done: ++made, unit: 'pairs' })
        } else {
          sentences.push(example)
          if (sentences.length >= wanted) {
            yield* sentenceRows(sentences, context, random.next())
            sentences = []
            wanted = 1 + random.int(options.sentencesPerRow)
          }
        }
      }
      if (sentences.length > 0) yield* sentenceRows(sentences, context, random.next())
    },
  }
}

type Instructions = { answerInTarget: string; answerInRich: string; complete: string }

/** The instructions that rows carry, in the language that they are given in. */
async function instructionsOf(context: StepContext): Promise<Instructions> {
  const translator = await context.translator()
  const translated = async (text: string) => (await rememberTranslation(context, translator, text)).text
  return {
    answerInTarget: `Answer in ${context.language.name}.`,
    answerInRich: await translated(`Answer in ${context.rich.name}.`),
    complete: await translated('Continue the text:'),
  }
}

const row = (
  kind: RowKind,
  parents: readonly Example[],
  question: string,
  answer: string,
  requests: readonly string[] = [],
): Example =>
  createExample({
    kind,
    prompt: [{ role: 'user', content: question }],
    completion: [{ role: 'assistant', content: answer }],
    parents: parents.map((parent) => parent.id),
    requests: [...new Set([...parents.flatMap((parent) => parent.requests), ...requests])],
  })

const content = (messages: Message[] | undefined, index: number) => messages?.[index]?.content ?? ''

/** (Q → A) within and across the two languages. A crossed row says which language it wants, so that a plain question keeps its plain answer. */
function* pairRows(pair: Example, { answerInTarget, answerInRich }: Instructions): Generator<Example> {
  const [richQuestion, richAnswer] = [content(pair.source, 0), content(pair.source, 1)]
  const [question, answer] = [content(pair.target, 0), content(pair.target, 1)]
  yield row('rich-rich', [pair], richQuestion, richAnswer)
  yield row('target-target', [pair], question, answer)
  yield row('rich-target', [pair], `${richQuestion} ${answerInTarget}`, answer)
  yield row('target-rich', [pair], `${question} ${answerInRich}`, richAnswer)
}

/** Some words of the target question in the rich language: the words come from the rich question, their translations (the bilingual dictionary) from the translator. */
async function codeSwitch(pair: Example, rate: number, context: StepContext): Promise<Example | undefined> {
  const translator = await context.translator()
  const question = content(pair.source, 0)
  const random = context.random.fork(`code-switch ${pair.id}`)
  const candidates = [...new Set(words(question))].filter((word) => word.length > 3 && word === word.toLowerCase())
  const chosen = random.shuffle(candidates).slice(0, Math.ceil(words(question).length * rate))
  let switched = question
  const looked = await Promise.all(
    chosen.map(async (word) => ({ word, ...(await rememberTranslation(context, translator, word)) })),
  )
  const requests: string[] = []
  for (const { word, text, unknown } of looked) {
    if (unknown.length > 0 || text === '') continue
    switched = switched.replace(new RegExp(`(?<!\\p{L})${word}(?!\\p{L})`, 'u'), () => text)
    requests.push(context.memory.hash(translationKey(context, translator, word)))
  }
  if (switched === question) return undefined
  return row('code-switched', [pair], switched, content(pair.target, 1), requests)
}

/** The second half of the answer, given the first. */
function completionRow(pair: Example, instruction: string): Example | undefined {
  const answer = content(pair.target, 1)
  const spaces = [...answer.matchAll(/\s+/g)]
  const middle = spaces[Math.floor(spaces.length / 2)]
  if (spaces.length < 8 || !middle) return undefined
  return row(
    'completion',
    [pair],
    `${instruction} ${answer.slice(0, middle.index)}`,
    answer.slice(middle.index).trimStart(),
  )
}

/** Rows from a few sentences and their translations: both ways, and (with two or more) from a text of which some sentences are translated already. */
function* sentenceRows(
  sentences: readonly Example[],
  { rich, language }: StepContext,
  draw: number,
): Generator<Example> {
  const originals = sentences.map((sentence) => content(sentence.source, 0))
  const translations = sentences.map((sentence) => content(sentence.target, 0))
  yield row('to-target', sentences, translationPrompt(originals.join(' '), rich, language), translations.join(' '))
  yield row('to-rich', sentences, translationPrompt(translations.join(' '), language, rich), originals.join(' '))
  if (sentences.length < 2) return
  const kept = Math.floor(draw * sentences.length)
  const mixed = originals.map((original, index) => (index === kept ? (translations[index] ?? original) : original))
  yield row('partly-translated', sentences, translationPrompt(mixed.join(' '), rich, language), translations.join(' '))
}
