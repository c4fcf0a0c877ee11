import { kinds, type Model } from './model.ts'
import type { Segment } from './unigram.ts'

/** A merge of two neighbours that may be done; void when either has changed since. */
type Merge = { left: number; right: number; text: string; score: number }

/** Byte pair encoding (Sennrich et al. 2016): neighbours are merged, the pair with the highest score first and of equal pairs the first in the text. */
export function createBpe({ pieces }: Model): (text: string) => Segment[] {
  const known = new Map(
    pieces
      .filter(({ kind }) => kind === kinds.normal || kind === kinds.userDefined || kind === kinds.unused)
      .map((piece) => [piece.text, piece]),
  )
  const whole = pieces.filter(({ kind }) => kind === kinds.userDefined).map(({ text }) => text)
  whole.sort((a, b) => b.length - a.length)

  return (text) => {
    const symbols: string[] = []
    const frozen: boolean[] = []
    for (let place = 0; place < text.length; ) {
      const piece = whole.find((candidate) => text.startsWith(candidate, place))
      const symbol = piece ?? String.fromCodePoint(text.codePointAt(place) as number)
      symbols.push(symbol)
      frozen.push(piece !== undefined)
      place += symbol.length
    }
    const next = symbols.map((_, i) => (i + 1 < symbols.length ? i + 1 : -1))
    const previous = symbols.map((_, i) => i - 1)
    const queue = createQueue()
    // How a piece that the model does not use was made, to undo it.
    const parts = new Map<string, [string, string]>()
    const consider = (left: number, right: number): void => {
      if (left < 0 || right < 0 || frozen[left] || frozen[right]) return
      const merged = `${symbols[left]}${symbols[right]}`
      const piece = known.get(merged)
      if (!piece) return
      queue.push({ left, right, text: merged, score: piece.score })
      if (piece.kind === kinds.unused) parts.set(merged, [symbols[left] as string, symbols[right] as string])
    }
    for (let i = 1; i < symbols.length; i++) consider(i - 1, i)
    for (let merge = queue.pop(); merge; merge = queue.pop()) {
      const { left, right, text: merged } = merge
      if (symbols[left] === '' || symbols[right] === '' || `${symbols[left]}${symbols[right]}` !== merged) continue
      symbols[left] = merged
      symbols[right] = ''
      const after = next[right] as number
      next[left] = after
      if (after >= 0) previous[after] = left
      consider(previous[left] as number, left)
      consider(left, after)
    }
    const split = (symbol: string): string[] => {
      const made = known.get(symbol)?.kind === kinds.unused ? parts.get(symbol) : undefined
      return made ? made.flatMap(split) : [symbol]
    }
    return symbols
      .filter((symbol) => symbol !== '')
      .flatMap(split)
      .map((symbol) => ({ text: symbol, unknown: !known.has(symbol) }))
  }
}

/** A binary heap of merges. */
function createQueue() {
  const heap: Merge[] = []
  const isBefore = (a: Merge, b: Merge): boolean => a.score > b.score || (a.score === b.score && a.left < b.left)
  const swap = (i: number, j: number): void => {
    const kept = heap[i] as Merge
    heap[i] = heap[j] as Merge
    heap[j] = kept
  }
  return {
    push(merge: Merge): void {
      heap.push(merge)
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!isBefore(heap[i] as Merge, heap[parent] as Merge)) break
        swap(i, parent)
        i = parent
      }
    },
    pop(): Merge | undefined {
      if (heap.length > 1) swap(0, heap.length - 1)
      const first = heap.pop()
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < heap.length && isBefore(heap[left] as Merge, heap[least] as Merge)) least = left
        if (right < heap.length && isBefore(heap[right] as Merge, heap[least] as Merge)) least = right
        if (least === i) return first
        swap(i, least)
        i = least
      }
    },
  }
}
