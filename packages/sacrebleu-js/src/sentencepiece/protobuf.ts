/** A field of a message in Protocol Buffers' wire format: a whole number, a float's or double's bytes, or a stretch of bytes. */
export type Field = { number: number; value: number; bytes: Uint8Array }

/**
 * The fields of a message in their order.
 *
 * @throws RangeError when the bytes are no such message.
 */
export function* fields(message: Uint8Array): Generator<Field> {
  let place = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[place++]
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('This is no SentencePiece model: a number in it does not end.')
  }
  const stretch = (length: number): Uint8Array => {
    if (place + length > message.length)
      throw new RangeError('This is no SentencePiece model: a field in it is cut off.')
    place += length
    return message.subarray(place - length, place)
  }
  const none = new Uint8Array(0)
  while (place < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const kind = tag % 8
    if (kind === 0) yield { number, value: varint(), bytes: none }
    else if (kind === 1) yield { number, value: 0, bytes: stretch(8) }
    else if (kind === 2) yield { number, value: 0, bytes: stretch(varint()) }
    else if (kind === 5) yield { number, value: 0, bytes: stretch(4) }
    else throw new RangeError(`This is no SentencePiece model: it has a field of kind ${kind}.`)
  }
}

/** The 32-bit float in a field's bytes. */
export const float = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)
