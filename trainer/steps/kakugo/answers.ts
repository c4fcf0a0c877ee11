import { answerInstructions, englishInstructions } from '../../../data/prompts/kakugo/answers.ts'
import type { Message, Sampling } from '../../../models/runtime.ts'
import type { Example } from '../../example.ts'
import type { Step } from '../../step.ts'
import { duplicateCheck, textCheck } from './checks.ts'
import { respond } from './respond.ts'

type Answering = { sampling: Sampling; checks: boolean; duplicates: number }

/** The message as it is sent: with the text that it is about below it. */
export function asSent({ target = [], text }: Example): Message[] {
  const [first, ...rest] = target
  if (first === undefined || text === undefined) return target
  return [{ role: 'user', content: `${first.content}\n\n${text}` }, ...rest]
}

/** Whether the message asks for English: then the answer is not in the language. */
const intoEnglish = ({ kind }: Example) => kind === 'context/translate'

/** The teacher answers the messages, in the language. */
export const answerPrompts = (options: Answering): Step =>
  inLanguage('responses', 'The teacher answers the messages', 'prompts', options)

/** The teacher answers the second messages of conversations. */
export const answerFollowUps = (options: Answering): Step =>
  inLanguage('follow-up-answers', 'The teacher answers what was asked next', 'follow-ups', options)

function inLanguage(name: string, title: string, from: string, { sampling, checks, duplicates }: Answering): Step {
  return respond({
    name,
    title,
    from: [from],
    sampling,
    system: (example, { language }) => answerInstructions(language, { english: intoEnglish(example) }),
    messages: asSent,
    content: (example, answer) => ({ kind: example.kind, target: [...asSent(example), answer] }),
    check: ({ language }) => {
      const own = textCheck({ language, field: 'answer', checks })
      const english = textCheck({ field: 'answer', checks })
      const duplicate = duplicateCheck(duplicates)
      // The same answer to different questions is a refusal or a commonplace.
      return (answer, example) =>
        (intoEnglish(example) ? english : own)(answer) ?? (checks ? duplicate(answer, example.id) : undefined)
    },
  })
}

/** The teacher answers English questions that come without an answer. */
export const answerEnglish = ({ sampling, checks }: Omit<Answering, 'duplicates'>): Step =>
  respond({
    name: 'english-answers',
    title: 'The teacher answers English questions, to be translated',
    from: ['instructions'],
    which: ({ source }) => source?.at(-1)?.role === 'user',
    sampling,
    system: () => englishInstructions,
    messages: ({ source = [] }) => source,
    content: ({ kind, source = [] }, answer) => ({ kind, source: [...source, answer] }),
    check: () => textCheck({ field: 'answer', checks }),
  })
