import { EndonymError } from '../../core/error.ts'
import { englishQuestions, englishSentences, heldOutQuestions } from '../../data/questions.ts'
import { createExample } from '../example.ts'
import type { Step } from '../step.ts'
import { createNearDuplicates } from './near-duplicates.ts'

/**
 * The start of a distillation: English questions, and English sentences for the parallel corpus, both of which ship with Endonym, in the run's random order.
 *
 * @param options.questions how many; @param options.sentences how many.
 */
export function chooseQuestions(options: { questions: number; sentences: number }): Step {
  return {
    name: 'questions',
    title: 'English questions and sentences are chosen',
    run: async function* (_input, { random }) {
      const seen = createNearDuplicates(0.7)
      for (const { id, text } of heldOutQuestions()) seen(text, `held out: ${id}`)
      const questions = random.shuffle(englishQuestions()).slice(0, options.questions)
      for (const { id, text } of questions) {
        const example = createExample({ kind: 'question', source: [{ role: 'user', content: text }] })
        const twin = seen(text, id)
        yield twin ? { ...example, dropped: { by: 'near-duplicate', reason: `of ${twin}` } } : example
      }
      const sentences = random.fork('sentences').shuffle(englishSentences()).slice(0, options.sentences)
      for (const { text } of sentences)
        yield createExample({ kind: 'sentence', source: [{ role: 'user', content: text }] })
    },
  }
}

/**
 * Refuses to ask for more questions or sentences than ship with Endonym, rather than quietly making do with fewer.
 *
 * @throws EndonymError `too_few_questions`
 */
export function checkAvailable(options: { questions: number; sentences: number }): void {
  const available = { questions: englishQuestions().length, sentences: englishSentences().length }
  for (const kind of ['questions', 'sentences'] as const) {
    if (options[kind] <= available[kind]) continue
    throw new EndonymError(
      'too_few_questions',
      `This run wants ${options[kind]} English ${kind}, and ${available[kind]} ship with Endonym. Ask for fewer with --set ${kind}=${available[kind]}, or take a smaller --scale.`,
      { exitCode: 2 },
    )
  }
}
