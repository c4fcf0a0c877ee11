import fs from 'node:fs'

/** Reads a binary file from front to back, and pieces of it anywhere; numbers are little-endian. */
export type FileReader = {
  byte(): number
  int32(): number
  /** A 64-bit number. @throws where it is no count */
  int64(): number
  /** Bytes up to a zero, which is passed over. */
  text(): string
  bytes(length: number): Uint8Array
  floats(length: number): Float32Array
  skip(length: number): void
  position(): number
  /** Floats at a place, into an array. */
  floatsAt(position: number, into: Float32Array): void
  close(): void
}

const window = 1 << 20

/** @param descriptor of an open file; `close` closes it */
export function createFileReader(descriptor: number): FileReader {
  const { size } = fs.fstatSync(descriptor)
  let buffer = Buffer.alloc(0)
  /** Where in the file the buffer begins, and the place in the buffer. */
  let from = 0
  let at = 0
  const need = (length: number) => {
    if (at + length <= buffer.length) return
    from += at
    at = 0
    if (from + length > size) throw new Error('it ends too early')
    buffer = Buffer.alloc(Math.min(Math.max(window, length), size - from))
    readWhole(descriptor, buffer, from)
  }
  const view = (length: number): Buffer => {
    need(length)
    at += length
    return buffer.subarray(at - length, at)
  }
  const bytes = (length: number): Uint8Array => {
    if (!(length >= 0 && from + at + length <= size)) throw new Error('it ends too early')
    const taken = new Uint8Array(length)
    readWhole(descriptor, taken, from + at)
    from += at + length
    at = 0
    buffer = Buffer.alloc(0)
    return taken
  }
  return {
    byte: () => view(1).readUInt8(),
    int32: () => view(4).readInt32LE(),
    int64: () => {
      const value = Number(view(8).readBigInt64LE())
      if (!Number.isSafeInteger(value)) throw new Error('a count in it is out of bounds')
      return value
    },
    text: () => {
      for (let length = 1; ; length++) {
        need(length)
        if (buffer[at + length - 1] !== 0) continue
        return view(length).toString('utf8', 0, length - 1)
      }
    },
    bytes,
    floats: (length) => new Float32Array(bytes(length * 4).buffer),
    skip: (length) => {
      if (!(length >= 0 && from + at + length <= size)) throw new Error('it ends too early')
      from += at + length
      at = 0
      buffer = Buffer.alloc(0)
    },
    position: () => from + at,
    floatsAt: (position, into) =>
      readWhole(descriptor, new Uint8Array(into.buffer, into.byteOffset, into.byteLength), position),
    close: () => fs.closeSync(descriptor),
  }
}

function readWhole(descriptor: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    // One call reads 2 GiB at most.
    const read = fs.readSync(descriptor, into, done, Math.min(into.length - done, 1 << 30), position + done)
    if (read === 0) throw new Error('it ends too early')
    done += read
  }
}
