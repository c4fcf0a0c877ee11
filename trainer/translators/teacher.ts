import type { Teacher } from '../teacher.ts'
import type { Translator } from '../translator.ts'

/** A teacher as a translator: any pair, at the price of its tokens. What it returns without having finished counts as no translation (empty text), which the filters drop. */
export function teacherTranslator(teacher: Teacher): Translator {
  return {
    name: teacher.name,
    concurrency: teacher.concurrency,
    supports: () => true,
    translate: async (text, from, to, options) => {
      const completion = await teacher.complete(
        {
          messages: [
            {
              role: 'system',
              content: `You translate from ${from.name} to ${to.name}. Answer with the translation alone: same paragraphs, no notes.`,
            },
            { role: 'user', content: text },
          ],
          sampling: { temperature: 0, topP: 1, minP: 0, repeatPenalty: 1, maxTokens: 4096 },
          draw: 0,
        },
        options,
      )
      const { promptTokens, completionTokens, price } = completion
      return {
        text: completion.finishReason === 'stop' ? completion.text.trim() : '',
        unknown: [],
        cost: { promptTokens, completionTokens, price },
      }
    },
    dispose: () => teacher.dispose(),
  }
}
