import { HeaderError, type HeaderReader } from './header.ts'

/** Type → [weights in a block, bytes of a block], as in ggml's `type_traits`. */
const tensorTypes: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
  40: [64, 36],
  41: [128, 18],
  42: [64, 18],
}

const f32 = 0
/** What ggml makes of activations while it multiplies (Q8_1, Q8_K), and whole numbers and doubles: it has no product of such weights, and reads or calls what is not there. */
const uncomputable: ReadonlySet<number> = new Set([9, 15, 24, 25, 26, 27, 28])
/** Tables of token ids that some architectures have. */
const table = /tid2eid|d2t/
/** What vectors are multiplied with or added to; there is no code for it in other types. */
const vectorName = /norm\.weight$|\.bias$/

/** llama.cpp compares each name with all before it. */
const mostTensors = 32_768
/** GGML_MAX_NAME, with the zero at its end. */
const longestName = 63

/** Where the tensors' data end, counted from their beginning, and how many weights they are. */
export type Extent = { parameters: number; extent: number }

/**
 * Reads the list of tensors. Each must have a shape whose size can be said, a type that ggml computes with, and lie right behind the one before it.
 *
 * @param alignment bytes; each tensor begins at a multiple of it.
 * @throws HeaderError
 */
export function readTensors(reader: HeaderReader, count: number, alignment: number): Extent {
  if (count > mostTensors)
    throw new HeaderError('invalid', `its header lists ${count} tensors, and ${mostTensors} are the most that can be`)
  const names = new Set<string>()
  let [parameters, extent, next] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    const { name, weights, bytes, offset } = readTensor(reader)
    if (names.has(name)) throw new HeaderError('invalid', `it has two tensors "${name}"`)
    names.add(name)
    if (offset !== next)
      throw new HeaderError(
        'invalid',
        `its tensor "${name}" is at byte ${offset} of the data, and should be at ${next}`,
      )
    parameters += weights
    extent = offset + bytes
    next = Math.ceil(extent / alignment) * alignment
  }
  return { parameters, extent }
}

function readTensor(reader: HeaderReader) {
  const length = reader.u64()
  if (length > longestName)
    throw new HeaderError('invalid', `it has a tensor whose name has ${length} bytes, and ${longestName} are the most`)
  const name = reader.text(length)
  const shape = readShape(reader, name)
  const type = reader.u32()
  const [perBlock, blockBytes] = tensorTypes[type] ?? []
  if (perBlock === undefined || blockBytes === undefined)
    throw new HeaderError('unsupported', `its tensor "${name}" is of the unknown type ${type}`)
  if (uncomputable.has(type) && !table.test(name))
    throw new HeaderError('unsupported', `its tensor "${name}" is of the type ${type}, which weights cannot have`)
  if (type !== f32 && vectorName.test(name))
    throw new HeaderError('unsupported', `its tensor "${name}" is of the type ${type}, and must be of 32-bit floats`)
  if ((shape[0] ?? 1) % perBlock !== 0)
    throw new HeaderError(
      'invalid',
      `the rows of its tensor "${name}" have ${shape[0]} weights, which is no multiple of ${perBlock}`,
    )
  const weights = shape.reduce((product, each) => product * each, 1)
  return { name, weights, bytes: (weights / perBlock) * blockBytes, offset: reader.u64() }
}

function readShape(reader: HeaderReader, name: string): number[] {
  const dimensions = reader.u32()
  if (dimensions > 4) throw new HeaderError('invalid', `its tensor "${name}" has ${dimensions} dimensions`)
  const shape = Array.from({ length: dimensions }, () => reader.u64())
  const weights = shape.reduce((product, each) => product * each, 1)
  if (weights === 0 || weights > Number.MAX_SAFE_INTEGER)
    throw new HeaderError('invalid', `its tensor "${name}" has the shape ${shape.join(' × ')}`)
  return shape
}
