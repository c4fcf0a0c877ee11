import type { Language } from '../../data/language.ts'
import type { Memory } from '../../data/memory.ts'
import { mapConcurrent } from '../concurrent.ts'
import { createExample } from '../example.ts'
import type { Step } from '../step.ts'
import type { Completion } from '../teacher.ts'
import type { Translation, Translator } from '../translator.ts'
import { type Filter, firstDrop } from './filters.ts'
import { createNearDuplicates } from './near-duplicates.ts'

/** Every message is translated into the language that is taught; translations that a filter names are dropped, then near-duplicates. */
export function translate(options: { filters: (language: Language) => readonly Filter[]; duplicates: number }): Step {
  return {
    name: 'translations',
    title: 'Questions and answers are translated',
    run: async function* (input, context) {
      const { language, memory, progress } = context
      const translator = await context.translator()
      const filters = options.filters(language)
      const seen = createNearDuplicates(options.duplicates)
      const translated = mapConcurrent(input, translator.concurrency * 8, async (example) => {
        const source = example.source ?? []
        const translations = await Promise.all(
          source.map(({ content }) => rememberTranslation(context, translator, content)),
        )
        return createExample({
          kind: example.kind,
          source,
          target: source.map(({ role }, index) => ({ role, content: translations[index]?.text ?? '' })),
          unknown: translations.flatMap((translation) => translation.unknown),
          parents: [example.id],
          requests: [
            ...example.requests,
            ...source.map(({ content }) => memory.hash(translationKey(context, translator, content))),
          ],
        })
      })
      let done = 0
      for await (const example of translated) {
        progress({ stage: 'translations', done: ++done, unit: 'texts' })
        const twin =
          firstDrop(example, filters) ?? nearDuplicate(seen(example.target?.at(-1)?.content ?? '', example.id))
        yield twin ? { ...example, dropped: twin } : example
      }
    },
  }
}

const nearDuplicate = (twin: string | undefined) => (twin ? { by: 'near-duplicate', reason: `of ${twin}` } : undefined)

type Pair = { rich: Language; language: Language; memory: Memory; signal: AbortSignal }

/** What a translation is remembered under. */
export const translationKey = ({ rich, language }: Pair, translator: Translator, text: string) =>
  ({
    kind: 'translation',
    source: translator.name,
    request: { from: rich.bcp47, to: language.bcp47, text },
  }) as const

/** Translates a text from the rich language into the one that is taught, or remembers how it was translated. */
export async function rememberTranslation(context: Pair, translator: Translator, text: string): Promise<Translation> {
  const { rich, language, memory, signal } = context
  signal.throwIfAborted()
  const key = translationKey(context, translator, text)
  const onWaste = (completion: Completion) => memory.waste(key, completion)
  const { text: translated, unknown } = await memory.remember(key, async () => {
    const { cost, ...translation } = await translator.translate(text, rich, language, { signal, onWaste })
    return { promptTokens: 0, completionTokens: 0, ...cost, ...translation }
  })
  return { text: translated, unknown }
}
