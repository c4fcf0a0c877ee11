import type { Language } from '../../language.ts'
import { fenced } from './contexts.ts'
import { asList, nameFor } from './language.ts'

/** How a message is rewritten. */
export type Revision = 'natural' | 'context' | 'format' | 'length' | 'elaborated' | 'related' | 'casual'

export const revisions: readonly Revision[] = [
  'natural',
  'context',
  'format',
  'length',
  'elaborated',
  'related',
  'casual',
]

const changes: Record<Revision, string> = {
  natural: 'it says the same as a native speaker would put it, with nothing left that sounds translated or bookish',
  context: 'it tells more of what lies behind it: who asks, why, what is known or was tried already',
  format:
    'it asks for the answer in a certain form that suits it: as a list, in steps, as a table of plain text, as a letter, as a dialogue, as a short story or as a poem',
  length: 'it says how long the answer shall be: in one sentence, in so many words, in three points, in two paragraphs',
  elaborated: 'it asks for more of the same thing: with reasons, an example, a comparison, or what to look out for',
  related: 'it asks something else instead, that somebody who wrote the first message would also want to know',
  casual: 'it is how somebody types it quickly on a phone: short, everyday words, nothing unnecessary',
}

/**
 * A message of a user's, to be rewritten in one way. The text that it is about is shown where there is one, and must not come back: it is put behind the new message.
 */
export function revisionPrompt(
  language: Language,
  { message, revision, text }: { message: string; revision: Revision; text?: string },
): string {
  return [
    `Here is a message that somebody wrote to a chat assistant in ${nameFor(language)}:`,
    '',
    fenced(message),
    '',
    ...(text === undefined ? [] : ['It is about this text, which stands below it:', '', fenced(text), '']),
    `Rewrite the message so that ${changes[revision]}.`,
    '',
    `- Write only in ${nameFor(language)}, natural and correctly spelt.`,
    '- Do not answer the message. What you write is sent to the assistant in its place, and must be understood without it.',
    ...(text === undefined
      ? []
      : ['- The text stays below the message. Do not repeat or quote it, and let the message still be about it.']),
    '',
    asList('one rewritten message'),
  ].join('\n')
}
