import { EndonymError } from '../../../core/error.ts'
import type { Language } from '../../../data/language.ts'
import { udhr } from '../../../evaluator/udhr.ts'
import { checkCorpus, openCorpus } from '../../corpus/corpus.ts'
import { createExample } from '../../example.ts'
import type { Step, StepContext } from '../../step.ts'
import { duplicateCheck, textCheck } from './checks.ts'
import { type Overlap, openOverlap } from './contamination.ts'
import { hubPages } from './hub-pages.ts'

/** Shorter texts carry no question, summary or category. In characters. */
const shortest = 120

/** FineWeb-2: web text in some 1,800 languages, by language and script (Penedo et al. 2025). */
const fineweb = 'HuggingFaceFW/fineweb-2'

/** A text and where it is from. The kind of a text of the Universal Declaration names its article, which the report card then leaves out. */
type Native = { kind: string; text: string; origin?: string }

/**
 * Texts that people wrote in the language, cut to their beginnings at the end of a sentence.
 *
 * @param options.source `auto`: FineWeb-2 where a hub answers, else the Universal Declaration; `fineweb`; `udhr`; or a folder or file of txt, parquet and JSONL (field `text`).
 * @param options.bytes of a text at most: 1,000 tokens of English are some 4,000. Bytes and not characters, because scripts beyond Latin take more tokens as they take more bytes.
 */
export function nativeTexts(options: {
  source: string
  count: number
  bytes: number
  checks: boolean
  duplicates: number
  contamination: number
}): Step {
  return {
    name: 'native-texts',
    title: 'Texts that people wrote in the language',
    from: [],
    run: async function* (_input, context) {
      if (options.count === 0) return
      const check = textCheck({ language: context.language, field: 'prompt', checks: options.checks })
      const duplicate = duplicateCheck(options.duplicates)
      const texts = await textsFrom(options, context)
      let overlap: Overlap | undefined
      let left = options.count
      for await (const { kind, text: whole, ...found } of texts) {
        if (left === 0) return
        const text = beginning(whole, options.bytes)
        const example = createExample({ kind, text, ...found })
        // The declaration is measured on without the articles that are taken here.
        if (kind === 'text') overlap ??= await openOverlap(context, options.contamination)
        const dropped =
          (text.length < shortest ? { by: 'too short', reason: `${text.length} characters` } : undefined) ??
          check(text) ??
          overlap?.(text) ??
          duplicate(text, example.id)
        if (!dropped) left--
        yield dropped ? { ...example, dropped } : example
      }
    },
  }
}

async function textsFrom(
  { source, count }: { source: string; count: number },
  context: StepContext,
): Promise<AsyncIterable<Native> | Iterable<Native>> {
  const { language, note } = context
  if (source === 'udhr') return declaration(language)
  if (source !== 'auto' && source !== 'fineweb') return fromFiles(source, context)
  const { iso3, script, flores } = language
  const config = flores ?? `${iso3}_${script}`
  try {
    // Some are too short, or are dropped for what they are.
    return await fromHub(config, Math.ceil(count * 1.3), context)
  } catch (error) {
    if (source === 'fineweb' || context.signal.aborted || !(error instanceof EndonymError)) throw error
    const texts = declaration(language)
    note({
      sentence: `No texts of FineWeb-2 (${error.message.replace(/\.$/, '')}). ${texts.length > 0 ? `${texts.length} texts of the Universal Declaration stand in; the report card measures on its other articles. ` : ''}A folder of texts in ${language.name} would do better: --set texts=FOLDER.`,
    })
    return texts
  }
}

/** The first page is read at once, so that what cannot be had is known before anything else is done. */
async function fromHub(config: string, limit: number, context: StepContext): Promise<AsyncIterable<Native>> {
  const pages = hubPages({ dataset: fineweb, config, columns: ['text'], limit }, context)
  const first = await pages.next()
  return (async function* () {
    if (first.done) return
    const native = ({ text }: Record<string, unknown>) => (typeof text === 'string' ? [{ kind: 'text', text }] : [])
    yield* first.value.flatMap(native)
    for await (const page of pages) yield* page.flatMap(native)
  })()
}

/** Every third article: enough to begin with, and two thirds are left to measure on. */
function declaration(language: Language): Native[] {
  return (udhr(language)?.articles ?? [])
    .filter(({ id }) => Number(id) % 3 === 0)
    .map(({ id, paragraphs }) => ({ kind: `udhr/${id}`, text: paragraphs.join('\n') }))
}

async function* fromFiles(place: string, { language, signal }: StepContext): AsyncGenerator<Native> {
  checkCorpus(place)
  for await (const { text, origin } of openCorpus(place, language, { field: 'text', signal }))
    yield { kind: 'text', text, origin }
}

/** The beginning of a text, to the last end of a sentence (or else of a word) that fits. */
function beginning(text: string, bytes: number): string {
  const whole = text.normalize('NFC').replaceAll('\r\n', '\n').trim()
  if (Buffer.byteLength(whole) <= bytes) return whole
  const cut = new TextDecoder().decode(Buffer.from(whole).subarray(0, bytes)).replace(/\ufffd$/, '')
  const sentence = [...cut.matchAll(/[.!?…。！？।።؟](?=\s|$)|\n/gu)].at(-1)?.index
  const word = cut.search(/\s\S*$/)
  const end = sentence !== undefined && sentence > cut.length / 2 ? sentence + 1 : word > 0 ? word : cut.length
  return cut.slice(0, end).trim()
}
