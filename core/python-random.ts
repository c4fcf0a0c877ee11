/**
 * Python's `random.Random` as far as sampling goes, so that what a Python program draws with a seed can be drawn here too: MT19937 (Matsumoto and Nishimura 1998),
 * seeded as CPython seeds it with a whole number, and CPython's `sample`.
 */
export type PythonRandom = {
  /** The next `bits` random bits as a number; 1 to 32. */
  getrandbits(bits: number): number
  /** A whole number in [0, n), n < 2³². */
  below(n: number): number
  /** `count` of the items without repetition, in the order in which they were drawn. @throws RangeError where there are fewer. */
  sample<T>(items: readonly T[], count: number): T[]
}

const size = 624
const period = 397

/**
 * `random.Random(seed)` of CPython 3.11 and later (before it, `sample` is the same).
 *
 * @param seed a whole number in [0, 2³²).
 * @example createPythonRandom(1234).sample(rows, 3) // random.Random(1234).sample(rows, 3)
 */
export function createPythonRandom(seed: number): PythonRandom {
  const state = seeded(seed)
  let index = size

  const word = (): number => {
    if (index >= size) {
      twist(state)
      index = 0
    }
    let y = state[index++] as number
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
  const getrandbits = (bits: number): number => word() >>> (32 - bits)
  const below = (n: number): number => {
    const bits = 32 - Math.clz32(n)
    let drawn = getrandbits(bits)
    while (drawn >= n) drawn = getrandbits(bits)
    return drawn
  }
  return {
    getrandbits,
    below,
    sample: <T>(items: readonly T[], count: number): T[] => {
      if (count > items.length) throw new RangeError(`${count} cannot be drawn from ${items.length}`)
      return drawsFromList(items.length, count) ? fromList(items, count, below) : byPlace(items, count, below)
    },
  }
}

/** CPython keeps a list of what is left where that takes less room than a set of what was drawn; the two draw differently. */
function drawsFromList(length: number, count: number): boolean {
  const setSize = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0)
  return length <= setSize
}

function fromList<T>(items: readonly T[], count: number, below: (n: number) => number): T[] {
  const left = [...items]
  return Array.from({ length: count }, (_, drawn) => {
    const place = below(left.length - drawn)
    const item = left[place] as T
    left[place] = left[left.length - drawn - 1] as T
    return item
  })
}

function byPlace<T>(items: readonly T[], count: number, below: (n: number) => number): T[] {
  const places = new Set<number>()
  while (places.size < count) places.add(below(items.length))
  return [...places].map((place) => items[place] as T)
}

/** `init_by_array` with the one word of the seed. */
function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(size)
  state[0] = 19650218
  const mixed = (i: number, factor: number): number => {
    const previous = state[i - 1] as number
    return Math.imul(previous ^ (previous >>> 30), factor)
  }
  for (let i = 1; i < size; i++) state[i] = mixed(i, 1812433253) + i
  let i = 1
  const wrap = () => {
    if (++i < size) return
    state[0] = state[size - 1] as number
    i = 1
  }
  for (let step = 0; step < size; step++) {
    state[i] = ((state[i] as number) ^ mixed(i, 1664525)) + seed
    wrap()
  }
  for (let step = 1; step < size; step++) {
    state[i] = ((state[i] as number) ^ mixed(i, 1566083941)) - i
    wrap()
  }
  state[0] = 0x80000000
  return state
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % size] as number) & 0x7fffffff)
    state[i] = (state[(i + period) % size] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
  }
}
