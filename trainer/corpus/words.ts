import { bitsAt, unspaced, wordLike } from './characters.ts'

/** The words of a text: where each begins and ends, and a hash of each in lower case. The arrays are used again for the next text. */
export type WordSpans = { count: number; starts: Int32Array; ends: Int32Array; hashes: Uint32Array }

/**
 * Makes a scanner that finds the words of one text after the other: runs of letters, marks and digits. In scripts that are written without spaces each character is a word, because
 * finding words there takes a dictionary and a hundred times as long.
 *
 * @example createWordScanner()('Bo día').count // 2
 */
export function createWordScanner(): (text: string) => WordSpans {
  let room = 1024
  const spans: WordSpans = {
    count: 0,
    starts: new Int32Array(room),
    ends: new Int32Array(room),
    hashes: new Uint32Array(room),
  }
  const grow = () => {
    room *= 2
    for (const name of ['starts', 'ends', 'hashes'] as const) {
      const larger = name === 'hashes' ? new Uint32Array(room) : new Int32Array(room)
      larger.set(spans[name])
      spans[name] = larger as never
    }
  }
  return (text) => {
    spans.count = 0
    let start = -1
    const end = (at: number) => {
      if (spans.count === room) grow()
      spans.starts[spans.count] = start
      spans.ends[spans.count] = at
      spans.hashes[spans.count++] = hashOf(text, start, at)
      start = -1
    }
    for (let at = 0; at < text.length; at++) {
      const bits = bitsAt(text, at)
      if (bits === wordLike) {
        if (start < 0) start = at
        continue
      }
      if (start >= 0) end(at)
      if (bits & unspaced) {
        start = at
        const code = text.charCodeAt(at)
        if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) at++
        end(at + 1)
      }
    }
    if (start >= 0) end(text.length)
    return spans
  }
}

/** FNV-1a over the code units of a piece of a text, ASCII letters as if in lower case, then mixed. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    hash = Math.imul(hash ^ (code >= 65 && code <= 90 ? code + 32 : code), 0x01000193)
  }
  return mix(hash, 0)
}

/** The `index`-th hash function of 32-bit numbers: MurmurHash3's finaliser over the value and the index. */
export function mix(value: number, index: number): number {
  let hash = (value ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
