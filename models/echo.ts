/**
 * Says a completion after what it begins with: that comes with the first text, when it is known that the prompt is not refused, or with the empty text that ends it.
 *
 * @param onText is told each piece that is not empty.
 */
export function sayAfter(beginning: string, onText: (text: string) => void): (text: string) => void {
  let unsaid = beginning
  return (text) => {
    const piece = unsaid + text
    unsaid = ''
    if (piece !== '') onText(piece)
  }
}
