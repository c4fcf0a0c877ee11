/** Words of a language in sentences, words and what a reader takes for one character. */
const segmenters = new Map<string, Intl.Segmenter>()

function segmenter(granularity: 'sentence' | 'word' | 'grapheme', tag: string): Intl.Segmenter {
  const key = `${granularity} ${tag}`
  const known = segmenters.get(key)
  if (known) return known
  const made = new Intl.Segmenter(Intl.Segmenter.supportedLocalesOf([tag]).length > 0 ? tag : 'und', { granularity })
  segmenters.set(key, made)
  return made
}

/** Of a message that is cut, no less than this share of what it may hold: short crumbs are worse than a cut within a sentence. */
const leastShare = 0.5

/**
 * Splits a text into messages: at the end of a paragraph or a sentence where there is one, else between words, else between characters as people see them (an emoji with its skin colour, a letter with its
 * marks). Only white space at the cuts is lost.
 *
 * @param longest UTF-16 units of a message, by which Telegram counts
 * @param tag BCP-47 of the text's language, if it is known
 * @example splitText('One. Two.', 5) // ['One.', 'Two.']
 */
export function splitText(text: string, longest: number, tag = 'und'): string[] {
  const parts: string[] = []
  let rest = text.trim()
  while (rest.length > longest) {
    const at = cutAt(rest, longest, tag)
    parts.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  if (rest !== '' || parts.length === 0) parts.push(rest)
  return parts
}

function cutAt(text: string, longest: number, tag: string): number {
  // A little more than fits, so that an end is seen that is just where the message ends.
  const window = text.slice(0, longest + 200)
  const least = Math.floor(longest * leastShare)
  const paragraph = window.lastIndexOf('\n\n', longest)
  if (paragraph >= least) return paragraph
  return (
    lastEnd(window, longest, least, segmenter('sentence', tag)) ??
    lastEnd(window, longest, least, segmenter('word', tag), (word) => /^\s+$/.test(word)) ??
    // Thai and others write no space between words.
    lastEnd(window, longest, least, segmenter('word', tag)) ??
    lastEnd(window, longest, 1, segmenter('grapheme', tag)) ??
    wholeUnit(text, longest)
  )
}

/** Where the last segment ends that fits without the white space behind it. */
function lastEnd(
  text: string,
  longest: number,
  least: number,
  segmenter: Intl.Segmenter,
  wanted: (segment: string) => boolean = () => true,
): number | undefined {
  let last: number | undefined
  for (const { index, segment: found } of segmenter.segment(text)) {
    const end = index + found.trimEnd().length
    if (end > longest) break
    // The window's own end is no end of anything.
    if (index + found.length < text.length && end >= least && wanted(found)) last = end
  }
  return last
}

/** One character that is longer than a message is cut between its code points. */
function wholeUnit(text: string, longest: number): number {
  const unit = text.charCodeAt(longest - 1)
  return unit >= 0xd800 && unit <= 0xdbff ? longest - 1 : longest
}
