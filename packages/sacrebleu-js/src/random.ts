/**
 * numpy's `default_rng(seed)` as far as sacreBLEU draws from it: PCG64 (O'Neill 2014: a 128-bit linear congruential generator whose output is XORed and
 * rotated), seeded by a `SeedSequence`, and numpy's ways to make bounded numbers and bits of it.
 */
export interface Generator {
  /** A number from 0 to `bound` − 1 (`rng.choice(bound)`, `rng.integers(bound)`), for bounds up to 2³². */
  integer(bound: number): number
  /** As many bits as are asked for (`rng.integers(2, size, dtype=bool)`): 1 and 0. What is left of a word is dropped when the next call begins. */
  bits(): () => number
}

/**
 * @param seed A whole number from 0, of any size.
 * @throws RangeError for another seed.
 * @example createGenerator(12345).integer(10) // as numpy.random.default_rng(12345).choice(10)
 */
export function createGenerator(seed: number | bigint): Generator {
  const word = createPcg64(seedWords(seed))
  return {
    integer(bound) {
      if (bound === 1) return 0
      // Lemire 2019: the high half of a product; its low half tells the few words that would favour some numbers.
      for (let threshold = -1; ; ) {
        const [high, low] = product(word(), bound)
        if (low >= bound) return high
        if (threshold < 0) threshold = (2 ** 32 - bound) % bound
        if (low >= threshold) return high
      }
    },
    bits() {
      let left = 0
      let rest = 0
      return () => {
        if (left === 0) {
          rest = word()
          left = 32
        }
        const bit = rest & 1
        rest >>>= 1
        left--
        return bit
      }
    },
  }
}

/** The high and the low 32 bits of a product of two 32-bit numbers. */
function product(one: number, other: number): [high: number, low: number] {
  return [multiplyHigh(one, other), Math.imul(one, other) >>> 0]
}

function multiplyHigh(one: number, other: number): number {
  const oneLow = one & 0xffff
  const oneHigh = one >>> 16
  const otherLow = other & 0xffff
  const otherHigh = other >>> 16
  const low = oneLow * otherLow
  const middle = oneHigh * otherLow + (low >>> 16)
  const carry = oneLow * otherHigh + (middle % 0x10000)
  return (oneHigh * otherHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0
}

const multiplier = 0x2360ed051fc65da44385df649fccf645n
const mask128 = (1n << 128n) - 1n

/** 32-bit words: each 64-bit output gives its low half first, as numpy hands them out. */
function createPcg64(words: readonly number[]): () => number {
  const wide = (first: number): bigint =>
    [1, 0, 3, 2].reduce((value, i) => (value << 32n) | BigInt(words[first + i] as number), 0n)
  const increment = ((wide(4) << 1n) | 1n) & mask128
  const start = ((increment + wide(0)) * multiplier + increment) & mask128
  // Little-endian 32-bit limbs; numbers of 64 bits in BigInt would take twenty times as long.
  const limbs = (value: bigint): number[] => [0n, 32n, 64n, 96n].map((shift) => Number((value >> shift) & 0xffffffffn))
  let [s0, s1, s2, s3] = limbs(start) as [number, number, number, number]
  const [m0, m1, m2, m3] = limbs(multiplier) as [number, number, number, number]
  const [i0, i1, i2, i3] = limbs(increment) as [number, number, number, number]

  const step = (): void => {
    let sum = (Math.imul(s0, m0) >>> 0) + i0
    const r0 = sum >>> 0
    let carry = Math.floor(sum / 2 ** 32)
    sum = multiplyHigh(s0, m0) + (Math.imul(s0, m1) >>> 0) + (Math.imul(s1, m0) >>> 0) + i1 + carry
    const r1 = sum >>> 0
    carry = Math.floor(sum / 2 ** 32)
    sum =
      multiplyHigh(s0, m1) +
      multiplyHigh(s1, m0) +
      (Math.imul(s0, m2) >>> 0) +
      (Math.imul(s1, m1) >>> 0) +
      (Math.imul(s2, m0) >>> 0) +
      i2 +
      carry
    const r2 = sum >>> 0
    carry = Math.floor(sum / 2 ** 32)
    const high =
      multiplyHigh(s0, m2) +
      multiplyHigh(s1, m1) +
      multiplyHigh(s2, m0) +
      (Math.imul(s0, m3) >>> 0) +
      (Math.imul(s1, m2) >>> 0) +
      (Math.imul(s2, m1) >>> 0) +
      (Math.imul(s3, m0) >>> 0) +
      i3 +
      carry
    s0 = r0
    s1 = r1
    s2 = r2
    s3 = high >>> 0
  }

  let kept = -1
  return () => {
    if (kept >= 0) {
      const word = kept
      kept = -1
      return word
    }
    step()
    const low = (s0 ^ s2) >>> 0
    const high = (s1 ^ s3) >>> 0
    const rotation = s3 >>> 26
    const [right, left] = rotation < 32 ? [low, high] : [high, low]
    const by = rotation & 31
    kept = (by === 0 ? left : (left >>> by) | (right << (32 - by))) >>> 0
    return (by === 0 ? right : (right >>> by) | (left << (32 - by))) >>> 0
  }
}

/** numpy's `SeedSequence(seed).generate_state(8)`: a pool of four words into which the seed is hashed, and from which the state is. */
export function seedWords(seed: number | bigint): number[] {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed))
    throw new RangeError(`A seed is a whole number from 0: ${seed}.`)
  let rest = BigInt(seed)
  if (rest < 0n) throw new RangeError(`A seed is a whole number from 0: ${seed}.`)
  const entropy: number[] = []
  do {
    entropy.push(Number(rest & 0xffffffffn))
    rest >>= 32n
  } while (rest > 0n)

  let constant = 0x43b0d7e5
  const hashed = (value: number): number => {
    const mixed = value ^ constant
    constant = Math.imul(constant, 0x931e8875)
    const product = Math.imul(mixed, constant)
    return (product ^ (product >>> 16)) >>> 0
  }
  const mix = (one: number, other: number): number => {
    const difference = Math.imul(one, 0xca01f9dd) - Math.imul(other, 0x4973f715)
    return (difference ^ (difference >>> 16)) >>> 0
  }
  const pool = Array.from({ length: 4 }, (_, i) => hashed(entropy[i] ?? 0))
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from !== to) pool[to] = mix(pool[to] as number, hashed(pool[from] as number))
    }
  }
  for (const extra of entropy.slice(4)) {
    for (let to = 0; to < 4; to++) pool[to] = mix(pool[to] as number, hashed(extra))
  }

  let output = 0x8b51f9dd
  return Array.from({ length: 8 }, (_, i) => {
    const mixed = (pool[i % 4] as number) ^ output
    output = Math.imul(output, 0x58f38ded)
    const product = Math.imul(mixed, output)
    return (product ^ (product >>> 16)) >>> 0
  })
}
