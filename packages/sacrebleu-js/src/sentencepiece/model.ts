import { fields, float } from './protobuf.ts'

/** What a piece is; the numbers are the file's. */
export const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

export type Piece = { text: string; score: number; kind: number }

/** What a model file says (sentencepiece_model.proto), as far as segmenting needs it. */
export type Model = {
  pieces: Piece[]
  algorithm: 'unigram' | 'bpe'
  byteFallback: boolean
  whitespaceAsSuffix: boolean
  /** The compiled rules that replace characters; empty where there are none. */
  characterMap: Uint8Array
  addDummyPrefix: boolean
  removeExtraWhitespaces: boolean
  escapeWhitespaces: boolean
}

/** @throws RangeError when the bytes are no model, or one that segments by words or characters. */
export function readModel(bytes: Uint8Array): Model {
  const text = new TextDecoder('utf-8', { ignoreBOM: true })
  const model: Model = {
    pieces: [],
    algorithm: 'unigram',
    byteFallback: false,
    whitespaceAsSuffix: false,
    characterMap: new Uint8Array(0),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
  }
  let algorithm = 1
  for (const part of fields(bytes)) {
    if (part.number === 1) {
      const piece: Piece = { text: '', score: 0, kind: kinds.normal }
      for (const { number, value, bytes: content } of fields(part.bytes)) {
        if (number === 1) piece.text = text.decode(content)
        if (number === 2) piece.score = float(content)
        if (number === 3) piece.kind = value
      }
      model.pieces.push(piece)
    }
    if (part.number === 2) {
      for (const { number, value } of fields(part.bytes)) {
        if (number === 3) algorithm = value
        if (number === 24) model.whitespaceAsSuffix = value === 1
        if (number === 35) model.byteFallback = value === 1
      }
    }
    if (part.number === 3) {
      for (const { number, value, bytes: content } of fields(part.bytes)) {
        if (number === 2) model.characterMap = content
        if (number === 3) model.addDummyPrefix = value === 1
        if (number === 4) model.removeExtraWhitespaces = value === 1
        if (number === 5) model.escapeWhitespaces = value === 1
      }
    }
  }
  if (model.pieces.length === 0) throw new RangeError('This is no SentencePiece model: it has no pieces.')
  if (algorithm > 2)
    throw new RangeError(
      'This SentencePiece model segments by words or characters: give one trained as unigram or BPE.',
    )
  model.algorithm = algorithm === 2 ? 'bpe' : 'unigram'
  return model
}
