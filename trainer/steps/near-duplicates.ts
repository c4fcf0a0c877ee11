import { bandsFor, createSketcher, type Sketch, similarity } from '../corpus/sketches.ts'
import { mix } from '../corpus/words.ts'

export type NearDuplicateOptions = {
  /** Words of a shingle: 3 for short rows; 13 for documents, as Polyglot-Ko has it. */
  shingleWords?: number
  /** Hashes kept of a text, 4 bytes each. Texts with more shingles are compared by an estimate, shorter ones exactly. */
  keep?: number
  /** How many texts are remembered at most. */
  capacity?: number
}

/** Gives the id of the earlier text that a text nearly equals, or remembers it and gives undefined. */
export type NearDuplicates = (text: string, id: string) => string | undefined

/**
 * Finds near-duplicates: MinHash over word shingles with banding (Broder 1997; Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", 3.4), then the Jaccard similarity of what meets in a
 * band. All in typed arrays: a million short rows take some 300 MB. Pairs at the threshold are missed once in a thousand.
 *
 * The memory does not outgrow `capacity` texts: then the older half is forgotten, so that a corpus of any size passes.
 *
 * @example const seen = createNearDuplicates(0.8); seen('What is the sun?', 'q1'); seen('What is the sun ?', 'q2') // 'q1'
 */
export function createNearDuplicates(
  threshold: number,
  { shingleWords = 3, keep = 128, capacity = 4_000_000 }: NearDuplicateOptions = {},
): NearDuplicates {
  const sketch = createSketcher(shingleWords, keep)
  let older: Generation | undefined
  let newer = createGeneration(threshold, keep)
  return (text, id) => {
    const sketched = sketch(text)
    const found = newer.find(sketched) ?? older?.find(sketched)
    if (found !== undefined) return found
    if (newer.size() >= capacity / 2) {
      older = newer
      newer = createGeneration(threshold, keep)
    }
    newer.add(sketched, id)
    return undefined
  }
}

type Generation = { find(sketch: Sketch): string | undefined; add(sketch: Sketch, id: string): void; size(): number }

/** So many texts of one bucket are looked at, the newest first: where more meet they are all of one template, and looking at each would take ever longer. */
const candidatesMost = 1000

/** The texts that came between two points in time, with the buckets of their bands. */
function createGeneration(threshold: number, keep: number): Generation {
  const { bands, rows } = bandsFor(threshold)
  const ids: string[] = []
  // Of each text where its hashes begin; of each band of each text its key and the one before it in its bucket.
  const hashes = createColumn()
  const begins = createColumn()
  const keys = createColumn()
  const previous = createColumn()
  /** The newest entry of each bucket, plus one. */
  let heads = new Uint32Array(1 << 16)

  const keyOf = ({ signature }: Sketch, band: number): number => {
    let key = band
    for (let row = band * rows; row < (band + 1) * rows; row++)
      key = mix((key ^ (signature[row] as number)) >>> 0, band)
    return key
  }
  const spread = () => {
    heads = new Uint32Array(heads.length * 4)
    for (let entry = 0; entry < keys.length(); entry++) {
      const bucket = keys.at(entry) & (heads.length - 1)
      previous.set(entry, heads[bucket] as number)
      heads[bucket] = entry + 1
    }
  }
  return {
    size: () => ids.length,
    find: (sketch) => {
      for (let band = 0; band < bands; band++) {
        const key = keyOf(sketch, band)
        let left = candidatesMost
        let last = -1
        for (
          let entry = heads[key & (heads.length - 1)] as number;
          entry > 0 && left > 0;
          entry = previous.at(entry - 1)
        ) {
          if (keys.at(entry - 1) !== key) continue
          const text = Math.floor((entry - 1) / bands)
          if (text === last) continue
          last = text
          left--
          const from = begins.at(text)
          const to = text + 1 < ids.length ? begins.at(text + 1) : hashes.length()
          if (similarity(sketch.smallest, hashes.slice(from, to), keep) >= threshold) return ids[text]
        }
      }
      return undefined
    },
    add: (sketch, id) => {
      begins.push(hashes.length())
      for (const hash of sketch.smallest) hashes.push(hash)
      ids.push(id)
      for (let band = 0; band < bands; band++) {
        const key = keyOf(sketch, band)
        const bucket = key & (heads.length - 1)
        keys.push(key)
        previous.push(heads[bucket] as number)
        heads[bucket] = keys.length()
      }
      if (keys.length() > heads.length * 2) spread()
    },
  }
}

const pieceBits = 18
const pieceSize = 1 << pieceBits

/** A column of 32-bit numbers that grows piece by piece, so that it is never copied. */
function createColumn() {
  const pieces: Uint32Array[] = []
  let length = 0
  return {
    length: () => length,
    at: (index: number) => (pieces[index >>> pieceBits] as Uint32Array)[index & (pieceSize - 1)] as number,
    set: (index: number, value: number) => {
      ;(pieces[index >>> pieceBits] as Uint32Array)[index & (pieceSize - 1)] = value
    },
    push: (value: number) => {
      if (length === pieces.length * pieceSize) pieces.push(new Uint32Array(pieceSize))
      ;(pieces[length >>> pieceBits] as Uint32Array)[length & (pieceSize - 1)] = value
      length++
    },
    slice: (from: number, to: number): Uint32Array => {
      const piece = pieces[from >>> pieceBits] as Uint32Array
      const start = from & (pieceSize - 1)
      if (start + to - from <= pieceSize) return piece.subarray(start, start + to - from)
      const joined = new Uint32Array(to - from)
      const first = piece.subarray(start)
      joined.set(first)
      joined.set(
        (pieces[(from >>> pieceBits) + 1] as Uint32Array).subarray(0, joined.length - first.length),
        first.length,
      )
      return joined
    },
  }
}
