import type { Message } from '../../models/runtime.ts'

/** An example: what is asked and its right answer. */
export type Shot = { question: string; answer: string }

/** Between one example and the next. */
const exampleDelimiter = '\n\n'

/**
 * Examples and a question as one text, which ends where the answer begins.
 *
 * @param delimiter between a question and its answer.
 */
export function plainText(question: string, shots: readonly Shot[], delimiter: string): string {
  return shots.map((shot) => `${shot.question}${delimiter}${shot.answer}${exampleDelimiter}`).join('') + question
}

/** Examples and a question as a conversation: each example is a turn of the person and one of the assistant. */
export function conversation(question: string, shots: readonly Shot[]): Message[] {
  return [
    ...shots.flatMap((shot): Message[] => [
      { role: 'user', content: shot.question },
      { role: 'assistant', content: shot.answer },
    ]),
    { role: 'user', content: question },
  ]
}
