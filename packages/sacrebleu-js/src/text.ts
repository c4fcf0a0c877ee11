/**
 * What Python's `str.isspace`, `split` and `strip` take for white space, all of it in the Basic Multilingual Plane. JavaScript's `\s` lacks U+001C–U+001F and
 * U+0085, and adds U+FEFF.
 */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f)
  if (unit < 0x1680) return unit === 0x85 || unit === 0xa0
  if (unit > 0x3000) return false
  return (
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

/** Python's `str.rstrip()`. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Python's `str.strip()`. */
export function trim(text: string): string {
  let start = 0
  while (start < text.length && isSpace(text.charCodeAt(start))) start++
  return trimEnd(start === 0 ? text : text.slice(start))
}

/** Python's `str.split()`. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let start = -1
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && !isSpace(text.charCodeAt(i))
    if (inside && start < 0) start = i
    if (!inside && start >= 0) {
      words.push(text.slice(start, i))
      start = -1
    }
  }
  return words
}
