/** Letters that do not decompose into a base letter and a mark, or that keyboards mix up, and what they count as. */
const sameAs: Record<string, string> = {
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ɛ: 'e',
  ɔ: 'o',
  ŋ: 'ng',
  ɓ: 'b',
  ɗ: 'd',
  ƙ: 'k',
  ك: 'ک',
  ي: 'ی',
  ى: 'ی',
}
const different = new RegExp(`[${Object.keys(sameAs).join('')}]`, 'gu')

/**
 * What two spellings of one name have in common: no case, no diacritics on letters that are also written without, no apostrophes, single spaces.
 * Marks that carry sound (Indic vowel signs, Hebrew and Arabic points) stay.
 *
 * @example foldName("Norwegian Bokmål") // 'norwegian bokmal'
 * @example foldName("Qʼeqchiʼ") // 'qeqchi'
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f'‘’ʻʼ`´ꞌ]|\p{Cf}/gu, '')
    .replace(different, (letter) => sameAs[letter] ?? letter)
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
}

/** A name without what stands in brackets: `Occitan (post 1500)` → `Occitan`. */
export function withoutBrackets(name: string): string {
  return name.replace(/\s*[(（][^)）]*[)）]/g, '').trim()
}

/**
 * The number of letters to insert, delete, replace or swap to make `a` into `b`, if it is at most `most`; else `undefined`.
 *
 * Optimal string alignment (Damerau 1964) within a band around the diagonal, so a comparison costs the length times `most` and ends as soon as no
 * way within `most` is left.
 */
export function editDistance(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined
  const far = most + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => (j <= most ? j : far))
  for (let i = 1; i <= a.length; i++) {
    const row = new Array<number>(b.length + 1).fill(far)
    if (i <= most) row[0] = i
    let least = row[0] ?? far
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((previous[j - 1] ?? far) + (same ? 0 : 1), (previous[j] ?? far) + 1, (row[j - 1] ?? far) + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? far) + 1)
      row[j] = Math.min(cost, far)
      least = Math.min(least, cost)
    }
    if (least > most) return undefined
    before = previous
    previous = row
  }
  const distance = previous[b.length] ?? far
  return distance <= most ? distance : undefined
}
