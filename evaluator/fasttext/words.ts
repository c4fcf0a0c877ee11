import type { FileReader } from './file.ts'

export type Dictionary = {
  /** Its words with their rows of the matrix. */
  words: ReadonlyMap<string, number>
  labels: readonly { text: string; count: number }[]
  /** Rows of the parts of words that a quantised model kept, by their bucket; undefined where it kept all. */
  kept?: ReadonlyMap<number, number>
}

export function readDictionary(reader: FileReader): Dictionary {
  const size = reader.int32()
  reader.skip(8) // how many of them are words, and how many labels: each entry says which it is
  reader.skip(8) // tokens that it was trained on
  const keptSize = reader.int64()
  const words = new Map<string, number>()
  const labels: { text: string; count: number }[] = []
  for (let i = 0; i < size; i++) {
    const text = reader.text()
    const count = reader.int64()
    if (reader.byte() === 1) labels.push({ text, count })
    else words.set(text, words.size)
  }
  if (keptSize < 0) return { words, labels }
  const kept = new Map<number, number>()
  for (let i = 0; i < keptSize; i++) kept.set(reader.int32(), reader.int32())
  return { words, labels, kept }
}

const endOfLine = '</s>'

/** Makes the function that says which rows of the input matrix a text adds up: those of its words, of the parts of its words and of pairs of words. As `Dictionary::getLine` has it. */
export function createWordIndex(
  { words, kept }: Dictionary,
  options: { buckets: number; shortest: number; longest: number; wordNgrams: number },
): (text: string) => number[] {
  const { buckets, shortest, longest, wordNgrams } = options
  const addBucket = (rows: number[], bucket: number) => {
    const row = kept ? kept.get(bucket) : bucket
    if (row !== undefined) rows.push(words.size + row)
  }
  const addParts = (rows: number[], word: string) => {
    const bytes = Buffer.from(`<${word}>`)
    for (let from = 0; from < bytes.length; from++) {
      if (continues(bytes[from])) continue
      let hash = fnvStart
      for (let to = from, length = 1; to < bytes.length && length <= longest; length++) {
        do hash = fnv(hash, bytes[to++] as number)
        while (to < bytes.length && continues(bytes[to]))
        const edgeAlone = length === 1 && (from === 0 || to === bytes.length)
        if (length >= shortest && !edgeAlone) addBucket(rows, (hash >>> 0) % buckets)
      }
    }
  }
  return (text) => {
    const rows: number[] = []
    const hashes: bigint[] = []
    // As fastText's own programs ask: a line, with its end.
    for (const word of [...text.split(/[ \n\r\t\v\f\0]+/).filter(Boolean), endOfLine]) {
      const row = words.get(word)
      if (row !== undefined) rows.push(row)
      if (word !== endOfLine && longest > 0) addParts(rows, word)
      if (wordNgrams > 1) hashes.push(BigInt(Buffer.from(word).reduce(fnv, fnvStart)))
    }
    for (let from = 0; from < hashes.length; from++) {
      let hash = hashes[from] as bigint
      for (let to = from + 1; to < hashes.length && to < from + wordNgrams; to++) {
        hash = BigInt.asUintN(64, hash * 116_049_371n + (hashes[to] as bigint))
        addBucket(rows, Number(hash % BigInt(buckets)))
      }
    }
    return rows
  }
}

/** Whether a byte of UTF-8 goes on with a character. */
const continues = (byte: number | undefined) => ((byte ?? 0) & 0xc0) === 0x80

const fnvStart = 0x811c9dc5 | 0

/** A step of FNV-1a, with the byte taken as signed, as fastText does. */
function fnv(hash: number, byte: number): number {
  return Math.imul(hash ^ ((byte << 24) >> 24), 0x01000193)
}
