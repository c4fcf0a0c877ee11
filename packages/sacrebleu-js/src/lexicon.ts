import { grown } from './ngrams.ts'

/**
 * Words as numbers: equal words, equal numbers. A word is a stretch of a text and is compared where it stands, so no strings are made for the words of a text.
 */
export class Lexicon {
  /** Open addressing over words, at most half full; 0 is free, so words count from 1. */
  #slots = new Int32Array(128)
  #hashes = new Int32Array(65)
  #starts = new Int32Array(65)
  #ends = new Int32Array(65)
  #texts: string[] = []
  #words = 0

  clear(): void {
    this.#slots.fill(0)
    this.#texts.length = 0
    this.#words = 0
  }

  /** The number of a word, which is new when it was not here. */
  add(text: string, start: number, end: number): number {
    if ((this.#words + 1) * 2 > this.#slots.length) this.#grow()
    const key = hash(text, start, end)
    const slot = this.#locate(key, text, start, end)
    const found = this.#slots[slot] as number
    if (found !== 0) return found
    const word = ++this.#words
    this.#slots[slot] = word
    this.#hashes[word] = key
    this.#starts[word] = start
    this.#ends[word] = end
    this.#texts[word] = text
    return word
  }

  /** The number of a word, or 0 when it is not here. */
  find(text: string, start: number, end: number): number {
    return this.#slots[this.#locate(hash(text, start, end), text, start, end)] as number
  }

  /** Where the word is, or the free slot that it would have. */
  #locate(key: number, text: string, start: number, end: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = key & mask
    for (let word = slots[slot] as number; word !== 0; word = slots[slot] as number) {
      if (this.#hashes[word] === key && this.#equals(word, text, start, end)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #equals(word: number, text: string, start: number, end: number): boolean {
    const from = this.#starts[word] as number
    if ((this.#ends[word] as number) - from !== end - start) return false
    const other = this.#texts[word] as string
    for (let i = start, j = from; i < end; i++, j++) if (text.charCodeAt(i) !== other.charCodeAt(j)) return false
    return true
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    const room = this.#slots.length / 2 + 1
    this.#hashes = grown(this.#hashes, room)
    this.#starts = grown(this.#starts, room)
    this.#ends = grown(this.#ends, room)
    const mask = this.#slots.length - 1
    for (let word = 1; word <= this.#words; word++) {
      let slot = (this.#hashes[word] as number) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = word
    }
  }
}

function hash(text: string, start: number, end: number): number {
  let mixed = 0
  for (let i = start; i < end; i++) mixed = Math.imul(mixed, 31) + text.charCodeAt(i)
  return mixed ^ (mixed >>> 13)
}
