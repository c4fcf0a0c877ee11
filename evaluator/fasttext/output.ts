import type { Matrix } from './matrix.ts'

const [hierarchical, softmaxed] = [1, 3]

/** Makes the function from a text's vector to the probability of each label, by the loss that the model was trained with. */
export function createOutput(
  matrix: Matrix,
  loss: number,
  counts: readonly number[],
): (hidden: Float32Array) => Float64Array {
  if (loss === hierarchical) return createTree(matrix, counts)
  return (hidden) => {
    const scores = Float64Array.from({ length: matrix.rows }, (_, row) => matrix.dot(hidden, row))
    if (loss !== softmaxed) return scores.map(sigmoid)
    const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const powers = scores.map((score) => Math.exp(score - most))
    const sum = powers.reduce((a, b) => a + b, 0)
    return powers.map((power) => power / sum)
  }
}

/** Labels as leaves of a Huffman tree, whose inner nodes each decide between left and right. Rarer labels lie deeper; the file's labels are in descending order of their counts. */
function createTree(matrix: Matrix, counts: readonly number[]): (hidden: Float32Array) => Float64Array {
  const leaves = counts.length
  const total = 2 * leaves - 1
  const weight = new Float64Array(total).fill(1e15)
  weight.set(counts)
  const children = new Int32Array(2 * leaves)
  let leaf = leaves - 1
  let inner = leaves
  for (let node = leaves; node < total; node++) {
    // The two lightest that have no parent yet, of the leaves from the back and of the inner nodes from the front; those that are not made yet weigh most.
    const pair = [0, 1].map(() =>
      leaf >= 0 && (weight[leaf] as number) < (weight[inner] as number) ? leaf-- : inner++,
    )
    children.set(pair, 2 * (node - leaves))
    weight[node] = pair.reduce((sum, child) => sum + (weight[child] as number), 0)
  }
  return (hidden) => {
    const probability = new Float64Array(total)
    probability[total - 1] = 1
    for (let node = total - 1; node >= leaves; node--) {
      const right = sigmoid(matrix.dot(hidden, node - leaves))
      const here = probability[node] as number
      probability[children[2 * (node - leaves)] as number] = here * (1 - right)
      probability[children[2 * (node - leaves) + 1] as number] = here * right
    }
    return probability.slice(0, leaves)
  }
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))
