import { englishQuestions } from '../../../data/questions.ts'
import { createExample } from '../../example.ts'
import type { Step } from '../../step.ts'
import { duplicateCheck } from './checks.ts'
import { openOverlap } from './contamination.ts'
import { readConversations } from './conversations.ts'

/** Bytes of English that make a token. */
const bytesPerToken = 4

/**
 * English conversations to be translated: from a data set, a file, or the questions that ship, which the teacher answers first.
 *
 * @param options.tokens of a conversation at most, as bytes of English.
 */
export function chooseInstructions(options: {
  source: string
  count: number
  tokens: number
  duplicates: number
  contamination: number
}): Step {
  return {
    name: 'instructions',
    title: 'English conversations are chosen',
    from: [],
    run: async function* (_input, context) {
      if (options.count === 0) return
      const duplicate = duplicateCheck(options.duplicates)
      const overlap = await openOverlap(context, options.contamination)
      const conversations =
        options.source === 'shipped'
          ? context.random
              .fork('instructions')
              .shuffle(englishQuestions())
              .map(({ text }) => [{ role: 'user' as const, content: text }])
          : readConversations(options.source, options.count, context)
      let left = options.count
      for await (const source of conversations) {
        if (left-- === 0) return
        const example = createExample({ kind: 'translated', source })
        const text = source.map(({ content }) => content).join('\n')
        const dropped = tooLong(text, options.tokens) ?? media(text) ?? overlap(text) ?? duplicate(text, example.id)
        yield dropped ? { ...example, dropped } : example
      }
    },
  }
}

function tooLong(text: string, tokens: number) {
  const estimate = Math.ceil(Buffer.byteLength(text) / bytesPerToken)
  return estimate > tokens ? { by: 'too long', reason: `about ${estimate} tokens, of at most ${tokens}` } : undefined
}

function media(text: string) {
  const [found] = /<(image|video|audio)>/i.exec(text) ?? []
  return found ? { by: 'media', reason: found } : undefined
}
