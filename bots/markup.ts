/** A stretch of a text that is shown in another way, in UTF-16 units. */
export type Entity =
  | { type: 'bold' | 'italic' | 'code'; offset: number; length: number }
  | { type: 'pre'; offset: number; length: number; language?: string }

/** What small models write of Markdown, longest first: blocks and words of code, strong and emphasised words, headings and items of lists. */
const marks =
  /^```([\w+-]*)\n([\s\S]*?)\n?^```[^\S\n]*$|`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*?[^\s_])_(?![\p{L}\p{N}_])|^#{1,6} +([^\n]+)$|^([ \t]*)[*-] +(?=\S)/gmu

/**
 * Takes the marks of Markdown out of a text and says where they stood. Whatever is not plainly a mark stays as it is: 2*3*4, snake_case, a lone asterisk.
 *
 * @example markUp('A **bold** word') // { text: 'A bold word', entities: [{ type: 'bold', offset: 2, length: 4 }] }
 */
export function markUp(source: string): { text: string; entities: Entity[] } {
  const entities: Entity[] = []
  let text = ''
  let last = 0
  for (const match of source.matchAll(marks)) {
    text += source.slice(last, match.index)
    last = match.index + match[0].length
    const [, language, pre, code, bold, starred, underlined, heading, indent] = match
    const italic = starred ?? underlined
    if (indent !== undefined) {
      text += `${indent}• `
      continue
    }
    const inner = pre ?? code ?? bold ?? italic ?? heading ?? ''
    const entity = { offset: text.length, length: inner.length }
    if (pre !== undefined) entities.push({ ...entity, type: 'pre', ...(language && { language }) })
    else entities.push({ ...entity, type: code !== undefined ? 'code' : italic !== undefined ? 'italic' : 'bold' })
    text += inner
  }
  text += source.slice(last)
  return { text, entities: entities.filter(({ length }) => length > 0) }
}
