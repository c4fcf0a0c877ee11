import type { Language } from '../../language.ts'
import { asList, nameFor, some } from './language.ts'
import { messageRules } from './topics.ts'

/** What a person may want done with a text. */
export type Task = 'translate' | 'summarize' | 'improve' | 'classify' | 'answer'

/** The tasks in turn: a question that the text answers comes four times as often as each of the others. */
export const taskCycle: readonly Task[] = [
  'answer',
  'translate',
  'answer',
  'summarize',
  'answer',
  'improve',
  'answer',
  'classify',
]

const wanted: Record<Task, string> = {
  translate: 'asks for a translation of the text into English',
  summarize:
    'asks for the text in short: in a sentence, in a few points, for a child, or for somebody who has to decide something by it',
  improve:
    'asks for a better version of the text: without mistakes, clearer, shorter, friendlier or more formal, whatever this text needs most',
  classify:
    'asks which of some categories the text belongs to, and names the categories: by subject, kind of text, tone, or whom it is for, whatever fits this text',
  answer:
    'asks a question that the text answers: about a fact, a reason, a consequence or a comparison in it; not about what the text merely mentions',
}

/** Messages about a text that people wrote in the language. The text is put behind the message afterwards. */
export function contextMessagesPrompt(
  language: Language,
  { text, task, count }: { text: string; task: Task; count: number },
): string {
  return [
    `Here is a text in ${nameFor(language)}:`,
    '',
    fenced(text),
    '',
    `Somebody sends this text to a chat assistant with a message of their own before it. Write ${some(count, 'such message', 'different such messages')}; each ${wanted[task]}.`,
    '',
    ...messageRules(language),
    '- The text will stand right below the message. Say "the text", "this article", "the letter below", whatever it is, and neither repeat nor quote it.',
    '- Ask for one thing, in one or two sentences.',
    '',
    asList('messages'),
  ].join('\n')
}

/** A text between marks that it cannot close by itself. */
export function fenced(text: string): string {
  return `<<<\n${text.replaceAll(/<<<|>>>/g, '')}\n>>>`
}
