import fs from 'node:fs'

/** What is wrong with a file's header; `models/gguf.ts` makes a sentence for the person of it. */
export class HeaderError extends Error {
  readonly kind: 'truncated' | 'invalid' | 'unsupported'

  constructor(kind: HeaderError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** Reads little-endian values one after the other, never behind the end of the file. */
export type HeaderReader = {
  readonly offset: number
  u32(): number
  /** A length, count or offset. Above 2⁵³ it is no sensible one, and refused. */
  u64(): number
  /** @param encoding `latin1` keeps bytes apart that are no UTF-8. (`utf8`) */
  text(bytes: number, encoding?: 'utf8' | 'latin1'): string
  /** A metadata value that is no array. */
  value(type: number): number | string | boolean
  skip(bytes: number): void
}

/** GGUF's value types that are named here; all but the last two are numbers of `widths[type]` bytes. */
export const valueType = { float: 6, bool: 7, string: 8, array: 9 } as const

const widths: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

const window = 1 << 20
/** No real header comes near it (a vocabulary of 262,144 tokens takes 7 MB); it bounds the work and memory that a hostile one can cause. */
const headerLimit = 1 << 28

export function createHeaderReader(descriptor: number, fileSize: number): HeaderReader {
  let buffer = Buffer.alloc(0)
  let bufferStart = 0
  let offset = 0

  /** The next `bytes` bytes, which must be no more than a header can have. */
  const take = (bytes: number): Buffer => {
    if (offset + bytes > fileSize) throw new HeaderError('truncated', 'it ends within its header')
    if (offset + bytes > headerLimit) throw new HeaderError('invalid', `its header is larger than ${headerLimit} bytes`)
    if (offset + bytes > bufferStart + buffer.length) {
      const next = Buffer.allocUnsafe(Math.max(bytes, Math.min(window, fileSize - offset)))
      const read = fs.readSync(descriptor, next, 0, next.length, offset)
      if (read < bytes) throw new HeaderError('truncated', 'it ends within its header')
      buffer = next.subarray(0, read)
      bufferStart = offset
    }
    const part = buffer.subarray(offset - bufferStart, offset - bufferStart + bytes)
    offset += bytes
    return part
  }
  const u32 = (): number => take(4).readUInt32LE()
  const u64 = (): number => {
    const value = take(8).readBigUInt64LE()
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new HeaderError('invalid', `its header holds the length ${value}`)
    return Number(value)
  }
  const text = (bytes: number, encoding: 'utf8' | 'latin1' = 'utf8'): string => take(bytes).toString(encoding)

  return {
    get offset() {
      return offset
    },
    u32,
    u64,
    text,
    value(type) {
      if (type === valueType.string) return text(u64())
      const bytes = take(widthOf(type))
      switch (type) {
        case 6:
          return bytes.readFloatLE()
        case valueType.bool:
          return bytes[0] !== 0
        case 10:
          return Number(bytes.readBigUInt64LE())
        case 11:
          return Number(bytes.readBigInt64LE())
        case 12:
          return bytes.readDoubleLE()
        default:
          return type % 2 === 0 ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length)
      }
    },
    skip(bytes) {
      // In steps, so that a skipped text is bounded by the file and by the limit like any other.
      for (let left = bytes; left > 0; left -= window) take(Math.min(left, window))
    },
  }
}

/** Passes over the items of an array. */
export function skipItems(reader: HeaderReader, type: number, count: number): void {
  if (type === valueType.string) for (let left = count; left > 0; left--) reader.skip(reader.u64())
  else reader.skip(count * widthOf(type))
}

function widthOf(type: number): number {
  const width = widths[type]
  if (width === undefined) throw new HeaderError('invalid', `its header has a value of the unknown type ${type}`)
  return width
}
