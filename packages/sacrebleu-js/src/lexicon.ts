import { grown } from './ngrams.ts'
import { hash } from './tokens.ts'

/** Words as numbers from 1: equal words, equal numbers. Words are compared unit by unit where they stand, so no strings are made for the words of a text. */
export class Lexicon {
  /** Open addressing over words, at most half full; 0 is free. */
  #slots = new Int32Array(128)
  #hashes = new Int32Array(65)
  /** Where each word begins in the pool; the next one's beginning is its end. */
  #starts = new Int32Array(66)
  #pool = new Uint16Array(256)
  #words = 0

  clear(): void {
    this.#slots.fill(0)
    this.#words = 0
  }

  /** The number of a word, which is new when it was not here. */
  add(units: Uint16Array, start: number, end: number, key = hash(units, start, end)): number {
    if ((this.#words + 1) * 2 > this.#slots.length) this.#grow()
    const slot = this.#locate(key, units, start, end)
    const found = this.#slots[slot] as number
    if (found !== 0) return found
    const word = ++this.#words
    this.#slots[slot] = word
    this.#hashes[word] = key
    let place = this.#starts[word] as number
    if (place + end - start > this.#pool.length) {
      const larger = new Uint16Array((place + end - start) * 2)
      larger.set(this.#pool)
      this.#pool = larger
    }
    for (let i = start; i < end; i++) this.#pool[place++] = units[i] as number
    this.#starts[word + 1] = place
    return word
  }

  /** The number of a word, or 0 when it is not here. */
  find(units: Uint16Array, start: number, end: number, key = hash(units, start, end)): number {
    return this.#slots[this.#locate(key, units, start, end)] as number
  }

  /** Where the word is, or the free slot that it would have. */
  #locate(key: number, units: Uint16Array, start: number, end: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = key & mask
    for (let word = slots[slot] as number; word !== 0; word = slots[slot] as number) {
      if (this.#hashes[word] === key && this.#equals(word, units, start, end)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #equals(word: number, units: Uint16Array, start: number, end: number): boolean {
    const pool = this.#pool
    let place = this.#starts[word] as number
    if ((this.#starts[word + 1] as number) - place !== end - start) return false
    for (let i = start; i < end; i++) if (units[i] !== pool[place++]) return false
    return true
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    const room = this.#slots.length / 2 + 1
    this.#hashes = grown(this.#hashes, room)
    this.#starts = grown(this.#starts, room + 1)
    const mask = this.#slots.length - 1
    for (let word = 1; word <= this.#words; word++) {
      let slot = (this.#hashes[word] as number) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = word
    }
  }
}
