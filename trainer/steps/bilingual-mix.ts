import { openCorpus, trainableOf } from '../corpus/corpus.ts'
import { measuredWords, openMeasured } from '../corpus/measured.ts'
import { createExample, type Example } from '../example.ts'
import type { Step } from '../step.ts'
import { createEstimate } from './documents.ts'

export type BilingualMixOptions = {
  /** Text in the rich language: see `openCorpus`. */
  english: string
  field: string
  /** Share of the tokens that is in the rich language. */
  englishShare: number
  /** Share of each language's documents that is held out, and how many at most. */
  heldOut: number
  heldOutMost: number
}

/**
 * Mixes the documents with text in the rich language, so that it is not forgotten (BYOL, arXiv 2601.10804), as rows of continued pre-training (kinds `target-text` and `rich-text`); some of
 * both are held out (`valid/…`). After each document comes as much of the rich language as the share asks for, so that any part of the rows is mixed alike; what its text cannot fill is left out.
 */
export function bilingualMix(options: BilingualMixOptions): Step {
  return {
    name: 'rows',
    title: 'Documents are mixed with English text, and some are held out',
    bulk: true,
    run: async function* (input, context) {
      const { rich, signal, progress, countTokens } = context
      const size = { target: createEstimate(countTokens), rich: createEstimate(countTokens) }
      const tokens = { target: 0, rich: 0 }
      const rows = { target: 0, rich: 0 }
      const held = { target: 0, rich: 0 }
      const every = Math.max(2, Math.round(1 / options.heldOut))
      const row = async (
        which: 'target' | 'rich',
        text: string,
        origin: string | undefined,
        parents: string[],
      ): Promise<Example> => {
        const isHeld = rows[which]++ % every === 0 && held[which] < options.heldOutMost
        if (isHeld) held[which]++
        else tokens[which] += await size[which](text)
        const kind = `${isHeld ? 'valid/' : ''}${which}-text`
        return createExample({ kind, text, parents, ...(origin !== undefined && { origin }) })
      }
      const factor = options.englishShare / (1 - options.englishShare)
      const other = openCorpus(options.english, rich, { field: options.field, signal })[Symbol.asyncIterator]()
      const isMeasured = await openMeasured(context, measuredWords, trainableOf(options.english))
      let more = options.englishShare > 0
      for await (const { id, text = '', origin } of input) {
        signal.throwIfAborted()
        yield await row('target', text, origin, [id])
        while (more && tokens.rich < tokens.target * factor) {
          const next = await other.next()
          if (next.done) more = false
          else if (!isMeasured(next.value.text)) yield await row('rich', next.value.text, next.value.origin, [])
        }
        progress({ stage: 'rows', done: rows.target + rows.rich, unit: 'rows' })
      }
      await other.return?.()
    },
  }
}
