import crypto from 'node:crypto'

const consonants = 'bdfghklmnprstvz'
const vowels = 'aeiou'

/** A word that no language has and that is pronounced easily, for the chat of that number: `tamirovu`. */
export function wordOf(number: number): string {
  const bytes = [...crypto.createHash('sha256').update(`word ${number}`).digest().subarray(0, 8)]
  return bytes
    .map((byte, i) => {
      const letters = i % 2 === 0 ? consonants : vowels
      return letters[byte % letters.length]
    })
    .join('')
}

export const words = (count: number): string[] => Array.from({ length: count }, (_, number) => wordOf(number))
