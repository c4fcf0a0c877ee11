import { isSpace } from './text.ts'

/** A text as UTF-16 code units in a buffer that is used again for the next text. */
export class Units {
  units = new Uint16Array(1024)
  length = 0

  /** Makes room for so many units; what was there is lost. */
  reserve(length: number): void {
    if (this.units.length < length) this.units = new Uint16Array(length * 2)
  }

  read(text: string): this {
    this.reserve(text.length)
    const units = this.units
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
    this.length = text.length
    return this
  }

  /** The text. Function arguments are limited, so long texts go in pieces. */
  toString(): string {
    let text = ''
    for (let i = 0; i < this.length; i += 4096) {
      const piece = this.units.subarray(i, Math.min(i + 4096, this.length))
      text += String.fromCharCode.apply(null, piece as unknown as number[])
    }
    return text
  }

  /** Where the white space from a place on ends. */
  afterSpace(from: number): number {
    const { units, length } = this
    let i = from
    while (i < length && isSpace(units[i] as number)) i++
    return i
  }

  /** Where the word from a place on ends. */
  afterWord(from: number): number {
    const { units, length } = this
    let i = from
    for (; i < length; i++) {
      const unit = units[i] as number
      if ((unit <= 0x20 || unit >= 0x85) && isSpace(unit)) break
    }
    return i
  }
}
