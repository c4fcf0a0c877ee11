/** A sequence of symbols (code points, numbered words) in a buffer that is used again for the next text. */
export class Sequence {
  symbols = new Int32Array(256)
  length = 0

  clear(): this {
    this.length = 0
    return this
  }

  push(symbol: number): void {
    if (this.length === this.symbols.length) this.symbols = grown(this.symbols, this.length * 2)
    this.symbols[this.length++] = symbol
  }
}

/**
 * The n-grams of all orders up to a maximum, with their counts, as a trie in typed arrays: a node is the n-gram that its path spells, so an n-gram costs one
 * step from the (n−1)-gram that it begins with. Steps are found by hashing (node, symbol); what is found is compared, so collisions cost time and never a count.
 */
export class NgramIndex {
  readonly #order: number
  /** Open addressing over nodes; 0 is free. The root is node 0 and never a child. */
  #slots = new Int32Array(64)
  #mask = 63
  #parents = new Int32Array(0)
  #symbols = new Int32Array(0)
  #counts = new Int32Array(0)
  #seen = new Int32Array(0)
  #nodes = 1

  constructor(order: number) {
    this.#order = order
  }

  clear(): void {
    this.#slots.fill(0, 0, this.#mask + 1)
    this.#nodes = 1
  }

  /** Makes room for a text's n-grams beside those that are here. */
  #reserve(symbols: number): void {
    const nodes = this.#nodes + symbols * this.#order
    if (nodes > this.#parents.length) {
      const room = nodes * 2
      this.#parents = grown(this.#parents, room)
      this.#symbols = grown(this.#symbols, room)
      this.#counts = grown(this.#counts, room)
      this.#seen = new Int32Array(room)
    }
    // Few slots are cleared faster and stay closer together: as many as this text wants, not as the longest did.
    let slots = 64
    while (slots < nodes * 2) slots *= 2
    if (slots <= this.#mask + 1 && this.#nodes > 1) return
    if (slots > this.#slots.length) this.#slots = new Int32Array(slots)
    else this.#slots.fill(0, 0, slots)
    this.#mask = slots - 1
    for (let node = 1; node < this.#nodes; node++) {
      let slot = hash(this.#parents[node] as number, this.#symbols[node] as number) & this.#mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
      this.#slots[slot] = node
    }
  }

  /** Counts a text's n-grams. Of several texts, each n-gram keeps the count of the text that has most of it. */
  add({ symbols, length }: Sequence): void {
    this.#reserve(length)
    const order = this.#order
    const slots = this.#slots
    const parents = this.#parents
    const names = this.#symbols
    const counts = this.#counts
    const seen = this.#seen
    const mask = this.#mask
    seen.fill(0, 0, this.#nodes)
    for (let start = 0; start < length; start++) {
      const end = Math.min(start + order, length)
      let node = 0
      for (let i = start; i < end; i++) {
        const symbol = symbols[i] as number
        let slot = hash(node, symbol) & mask
        let child = slots[slot] as number
        while (child !== 0 && (parents[child] !== node || names[child] !== symbol)) {
          slot = (slot + 1) & mask
          child = slots[slot] as number
        }
        if (child === 0) {
          child = this.#nodes++
          slots[slot] = child
          parents[child] = node
          names[child] = symbol
          counts[child] = 0
          seen[child] = 0
        }
        node = child
        const count = (seen[node] as number) + 1
        seen[node] = count
        if (count > (counts[node] as number)) counts[node] = count
      }
    }
  }

  /** How many of a text's n-grams are here, each at most as often as it is here: by order, 1 first, written to `matches`. */
  match({ symbols, length }: Sequence, matches: Int32Array): void {
    const order = this.#order
    const slots = this.#slots
    const parents = this.#parents
    const names = this.#symbols
    const counts = this.#counts
    const seen = this.#seen
    const mask = this.#mask
    matches.fill(0)
    seen.fill(0, 0, this.#nodes)
    for (let start = 0; start < length; start++) {
      const end = Math.min(start + order, length)
      let node = 0
      for (let i = start; i < end; i++) {
        const symbol = symbols[i] as number
        let slot = hash(node, symbol) & mask
        let child = slots[slot] as number
        while (child !== 0 && (parents[child] !== node || names[child] !== symbol)) {
          slot = (slot + 1) & mask
          child = slots[slot] as number
        }
        if (child === 0) break
        node = child
        const count = seen[node] as number
        if (count < (counts[node] as number)) {
          seen[node] = count + 1
          const n = i - start
          matches[n] = (matches[n] as number) + 1
        }
      }
    }
  }
}

function hash(node: number, symbol: number): number {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(symbol, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

/** A copy with more room. */
export function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}
