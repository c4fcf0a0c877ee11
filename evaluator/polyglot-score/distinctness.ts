/**
 * How much texts differ from each other: 1 − the mean cosine of every two of their embeddings (Polyglot Teachers, "distinctness"). 0 where all say the same; undefined of fewer than two texts.
 *
 * The sum of the unit vectors holds every pair: |Σu|² = Σ|u|² + Σ_{i≠j} uᵢ·uⱼ. So n texts take n·d steps and not n²·d, and nothing of size n² is kept. A vector of zeros, as of an empty
 * text, has the cosine 0 with every other.
 *
 * @example distinctness([Float32Array.of(1, 0), Float32Array.of(0, 1)]) // 1
 */
export function distinctness(vectors: readonly ArrayLike<number>[]): number | undefined {
  const count = vectors.length
  if (count < 2) return undefined
  const sum = new Float64Array(vectors[0]?.length ?? 0)
  let squares = 0
  for (const vector of vectors) {
    const length = Math.hypot(...Array.from(vector))
    if (length === 0) continue
    let square = 0
    for (let i = 0; i < sum.length; i++) {
      const part = (vector[i] ?? 0) / length
      sum[i] = (sum[i] ?? 0) + part
      square += part * part
    }
    squares += square
  }
  const all = sum.reduce((total, part) => total + part * part, 0)
  return 1 - (all - squares) / (count * (count - 1))
}
