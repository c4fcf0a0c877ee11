import crypto from 'node:crypto'

/** A seeded generator of random numbers: the same name gives the same numbers on every machine. */
export type Random = {
  /** A number in [0, 1) with 53 random bits. */
  next(): number
  /** A whole number in [0, n). */
  int(n: number): number
  pick<T>(items: readonly T[]): T
  /** A new array in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[]
  /** A generator of its own for a named part of the work, so that parts do not disturb each other's numbers. */
  fork(name: string): Random
}

/**
 * Makes the generator of that name.
 *
 * The numbers are successive blocks of SHA-256(name, counter): slower than a bare generator by far, and still far faster than anything that uses them here;
 * in exchange a name is a seed, and forks are independent by construction.
 *
 * @example createRandom('run 7').fork('questions').shuffle(questions)
 */
export function createRandom(name: string): Random {
  let counter = 0
  let block = Buffer.alloc(0)
  let offset = 0
  const next = (): number => {
    if (offset + 8 > block.length) {
      block = crypto.createHash('sha256').update(`${name}\u0000${counter++}`).digest()
      offset = 0
    }
    const bits = block.readBigUInt64BE(offset) >> 11n
    offset += 8
    return Number(bits) / 2 ** 53
  }
  const int = (n: number): number => Math.floor(next() * n)
  return {
    next,
    int,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('pick() of an empty list')
      return items[int(items.length)] as T
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const result = [...items]
      for (let i = result.length - 1; i > 0; i--) {
        const j = int(i + 1)
        const held = result[i] as T
        result[i] = result[j] as T
        result[j] = held
      }
      return result
    },
    fork: (part) => createRandom(`${name}\u0000${part}`),
  }
}
