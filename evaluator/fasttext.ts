import fs from 'node:fs'
import { EndonymError, messageOf } from '../core/error.ts'
import { createFileReader, type FileReader } from './fasttext/file.ts'
import { readMatrix } from './fasttext/matrix.ts'
import { createOutput } from './fasttext/output.ts'
import { createWordIndex, readDictionary } from './fasttext/words.ts'

/** A text classifier in fastText's format. */
export type FastTextModel = {
  /** All labels, without the prefix `__label__`. */
  labels: readonly string[]
  /** Every label with its probability, the likeliest first; none for a text without words that it knows anything of. */
  predict(text: string, count?: number): { label: string; probability: number }[]
  close(): void
}

const magic = 793_712_314

/**
 * Opens a supervised fastText model (`.bin`, or quantised `.ftz`): GlotLID, OpenLID, lid.176.
 *
 * The builds of fastText for WebAssembly cannot hold the models that matter: GlotLID has 1.7 GB, and they copy a file twice into a memory of 2 GB. Here its matrix stays on the disk where it is
 * large, and the rows that a text needs are read one by one: opening takes a moment, and a sentence some milliseconds. Bojanowski et al. 2017; Joulin et al. 2016.
 *
 * @throws EndonymError `language_model_unreadable`
 * @example openFastText('lid.176.ftz').predict('Bo día!')[0] // { label: 'gl', … }
 */
export function openFastText(file: string): FastTextModel {
  let reader: FileReader | undefined
  try {
    reader = createFileReader(fs.openSync(file, 'r'))
    return readModel(reader)
  } catch (cause) {
    reader?.close()
    throw new EndonymError(
      'language_model_unreadable',
      `${file} cannot be used for language identification, because it is no fastText classifier or is damaged: ${messageOf(cause).replace(/\.$/, '')}.`,
      { exitCode: 2, cause },
    )
  }
}

function readModel(reader: FileReader): FastTextModel {
  if (reader.int32() !== magic) throw new Error('its first bytes are not those of a fastText model')
  const version = reader.int32()
  if (version !== 11 && version !== 12) throw new Error(`its version is ${version}, and 11 and 12 are known`)
  const [dimension = 0, , , , , wordNgrams = 1, loss = 0, kind = 0, buckets = 0, shortest = 0, longest = 0] =
    Array.from({ length: 12 }, () => reader.int32())
  reader.skip(8) // the sampling threshold
  if (kind !== 3) throw new Error('it was not trained as a classifier')
  const dictionary = readDictionary(reader)
  const quantised = reader.byte() === 1
  const input = readMatrix(reader, quantised)
  const output = readMatrix(reader, reader.byte() === 1 && quantised)
  const labels = dictionary.labels.map(({ text }) => text.replace(/^__label__/, ''))
  if (output.rows !== labels.length) throw new Error('it has another number of labels than of rows for them')
  const rowsOf = createWordIndex(dictionary, {
    buckets,
    shortest,
    // Version 11 has no parts of words in classifiers.
    longest: version === 11 ? 0 : longest,
    wordNgrams,
  })
  const scores = createOutput(
    output,
    loss,
    dictionary.labels.map(({ count }) => count),
  )
  const hidden = new Float32Array(dimension)
  return {
    labels,
    predict: (text, count = labels.length) => {
      const rows = rowsOf(text)
      if (rows.length === 0) return []
      hidden.fill(0)
      for (const row of rows) input.addTo(hidden, row)
      for (let i = 0; i < dimension; i++) hidden[i] = (hidden[i] as number) / rows.length
      const probabilities = scores(hidden)
      return labels
        .map((label, i) => ({ label, probability: probabilities[i] as number }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, count)
    },
    close: reader.close,
  }
}
