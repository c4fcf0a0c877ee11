import { createBpe } from './bpe.ts'
import { readModel } from './model.ts'
import { createNormalizer } from './normalizer.ts'
import { createUnigram } from './unigram.ts'

export interface SentencePiece {
  /** A text's pieces: SentencePiece's `EncodeAsPieces`. What the model does not know stands as it is, or as its bytes where the model has those. */
  encode(text: string): string[]
}

/**
 * Segments text with a SentencePiece model (Kudo and Richardson 2018), unigram or BPE.
 *
 * @param bytes The `.model` file.
 * @throws RangeError when it is none, or one that segments by words or characters.
 * @example
 * const pieces = createSentencePiece(fs.readFileSync('flores200.model'))
 * createBleu({ tokenizer: { signature: 'flores200', tokenize: (segment) => pieces.encode(segment).join(' ') } })
 */
export function createSentencePiece(bytes: Uint8Array): SentencePiece {
  const model = readModel(bytes)
  const normalize = createNormalizer(model)
  const segment = model.algorithm === 'bpe' ? createBpe(model) : createUnigram(model)
  const encoder = new TextEncoder()
  return {
    encode(text) {
      const pieces: string[] = []
      let afterUnknown = false
      for (const { text: piece, unknown } of segment(normalize(text))) {
        if (unknown && model.byteFallback) {
          for (const byte of encoder.encode(piece))
            pieces.push(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
        } else if (unknown && afterUnknown) pieces.push(`${pieces.pop()}${piece}`)
        else pieces.push(piece)
        afterUnknown = unknown && !model.byteFallback
      }
      return pieces
    },
  }
}
