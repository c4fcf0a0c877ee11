import type { Language } from '../../data/language.ts'
import { udhr } from '../../evaluator/udhr.ts'
import type { Dropped } from '../example.ts'
import { isUnspaced, scriptTable } from './characters.ts'
import { badWordFinder, phraseCutter } from './cleaning/lists.ts'
import { composed, squeezed, tidied, unescaped, withoutMarkup, withoutStrayJamo } from './cleaning/normalise.ts'
import { type Masks, maskAddresses, maskNumbers } from './cleaning/personal.ts'
import { createShape, type Shape } from './cleaning/quality.ts'
import { createRepeats } from './cleaning/repeats.ts'
import { createWordScanner } from './words.ts'

/** The thresholds of Polyglot-Ko's cleaning; those of lines, symbols and words are Gopher's (Rae et al. 2021, A.1.1). */
export type CleaningOptions = {
  /** Characters of a document. */
  charactersLeast: number
  charactersMost: number
  /** Mean length of a word, in characters; not asked of scripts that write no spaces. */
  wordLeast: number
  wordMost: number
  /** `#` and ellipses over words. */
  symbolsMost: number
  /** Share of lines that begin with a bullet, and that end with an ellipsis. */
  bulletsMost: number
  ellipsesMost: number
  /** Share of the characters, white space left out, that are in the language's script. */
  scriptLeast: number
}

export const cleaningDefaults: CleaningOptions = {
  charactersLeast: 50,
  charactersMost: 100_000,
  wordLeast: 3,
  wordMost: 10,
  symbolsMost: 0.1,
  bulletsMost: 0.9,
  ellipsesMost: 0.3,
  scriptLeast: 0.25,
}

/** What became of a document: its text, how many of each kind were masked or cut in it, and the filter that dropped it, if any. */
export type Cleaned = { text: string; masked: Masks; dropped?: Dropped }

/**
 * Makes the cleaner of documents of a language, in the order of Polyglot-Ko's tools (arXiv 2306.02254, its korean_job). What is Korean alone is done where the script is Hangul.
 *
 * @param lists.badWords a document that holds one is dropped; see `badWordFinder`. `lists.spam`: phrases that are cut out.
 * @example createCleaner(galician, cleaningDefaults)('Unha páxina &amp; o seu texto …')
 */
export function createCleaner(
  language: Language,
  options: CleaningOptions,
  lists: { badWords?: readonly string[]; spam?: readonly string[] } = {},
): (text: string) => Cleaned {
  const hangul = language.script === 'Kore' || language.script === 'Hang'
  const shapeOf = createShape(scriptTable(language.script))
  const badWord = badWordFinder(lists.badWords ?? [])
  const cutSpam = phraseCutter(lists.spam ?? [])
  const word = wordBounds(language, options)
  const scan = createWordScanner()
  const withoutRepeats = createRepeats()

  const lengthDrop = (text: string): Dropped | undefined => {
    const { length } = text
    if (length < options.charactersLeast)
      return { by: 'too short', reason: `${length} characters, of at least ${options.charactersLeast}` }
    if (length > options.charactersMost)
      return { by: 'too long', reason: `${length} characters, of at most ${options.charactersMost}` }
    return undefined
  }
  const shapeDrop = (shape: Shape): Dropped | undefined => {
    const mean = shape.characters / Math.max(1, shape.words)
    if (word && (mean < word.least || mean > word.most))
      return {
        by: 'word length',
        reason: `${mean.toFixed(1)} characters on average, outside ${word.least}–${word.most}`,
      }
    const share = (count: number, of: number) => count / Math.max(1, of)
    const symbols = share(shape.symbols, shape.words)
    if (symbols > options.symbolsMost)
      return { by: 'symbols', reason: `${symbols.toFixed(2)} a word, of at most ${options.symbolsMost}` }
    const bullets = share(shape.bulletLines, shape.lines)
    if (bullets > options.bulletsMost) return { by: 'bullets', reason: `${percent(bullets)} of the lines` }
    const ellipses = share(shape.ellipsisLines, shape.lines)
    if (ellipses > options.ellipsesMost)
      return { by: 'ellipses', reason: `${percent(ellipses)} of the lines end with one` }
    const inScript = share(shape.inScript, shape.characters)
    if (inScript < options.scriptLeast)
      return { by: 'script', reason: `${percent(inScript)} of the characters are ${language.script}` }
    return undefined
  }

  return (raw) => {
    const masked: Masks = {}
    const count = (kind: string) => {
      masked[kind] = (masked[kind] ?? 0) + 1
    }
    let text = composed(raw)
    if (hangul) text = withoutStrayJamo(text)
    const bad = badWord?.(text)
    if (bad !== undefined) return { text, masked, dropped: { by: 'bad word', reason: `"${bad}"` } }
    const length = lengthDrop(text)
    if (length) return { text, masked, dropped: length }
    const shape = shapeOf(text)
    const dropped = shapeDrop(shape)
    if (dropped) return { text, masked, dropped }

    const literal = unescaped(text)
    const unknown = literal !== text
    text = unknown || shape.emoticons ? squeezed(literal, hangul) : literal
    if (unknown || shape.untidy || text !== literal) text = tidied(text)
    text = maskNumbers(maskAddresses(text, count), hangul, count)
    const spared = cutSpam ? cutSpam(text, () => count('spam')) : text
    const bare = withoutMarkup(spared)
    const single = withoutRepeats(bare, scan(bare))
    // What was cut leaves blanks behind.
    if (single !== text) text = tidied(single)
    const ended = lengthDrop(text)
    return { text, masked, ...(ended && { dropped: ended }) }
  }
}

/**
 * Bounds of the mean length of a word, or none for scripts without spaces. They were set for English; where they come within 30 % of what the Universal Declaration has in the language, they are moved
 * away from it: its words have 3.2 letters on average in Korean, and 12 in Greenlandic.
 */
function wordBounds(language: Language, { wordLeast, wordMost }: CleaningOptions) {
  if (isUnspaced(language.script)) return undefined
  const sample = udhr(language)
    ?.articles.flatMap(({ paragraphs }) => paragraphs)
    .join('\n')
  const { words, characters } = createShape(scriptTable(language.script))(sample ?? '')
  const mean = words === 0 ? wordMost / 1.4 : characters / words
  return { least: Math.min(wordLeast, round(mean * 0.7)), most: Math.max(wordMost, round(mean * 1.4)) }
}

const round = (value: number) => Math.round(value * 10) / 10
const percent = (share: number) => `${Math.round(share * 100)} %`
