/** Cuts a text into pieces of one character more than these numbers say, again and again. */
export function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, nth = 0; at < text.length; nth++) {
    const length = 1 + (lengths[nth % lengths.length] ?? 0)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}
