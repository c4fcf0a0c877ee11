/**
 * Markdown that texts of models and data cannot break.
 *
 * Whatever was not written here goes through `text` or `code`. They write every character that could mean something to Markdown or HTML as a character reference, which CommonMark never takes for
 * structure and HTML shows as the character, so the result is safe in a paragraph, a table's cell and an HTML block alike.
 */

/** One line of Markdown that shows this text and nothing else; its line breaks become `<br>`. */
export function text(value: string): string {
  return clean(value)
    .trim()
    .replaceAll(/[&<>|`*_~[\]\\#$@{}^]/g, reference)
    .replaceAll(/:(?=\S)/g, reference) // http://…, :emoji:
    .replaceAll(/\bwww\./gi, (match) => `${match.slice(0, 3)}${reference('.')}`)
    .replaceAll('\n', '<br>')
}

/** The same in a typewriter face: names, hashes, paths. */
export function code(value: string): string {
  return `<code>${text(value.replaceAll('\n', ' '))}</code>`
}

/** A text in any language, in a block of its own, so that right-to-left text is set from the right and mixes with nothing beside it. */
export function foreign(value: string): string {
  const shown = text(value)
  return shown === '' ? '<em>empty</em>' : `<div dir="auto">${shown}</div>`
}

/** A word or name in any language within a line: isolated, so that its direction does not reorder what is around it. */
export function isolated(value: string): string {
  return `\u2068${text(value)}\u2069`
}

/**
 * A table. Cells are Markdown already.
 *
 * @param head titles of the columns; those that begin with `>` hold numbers and are set right.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const numeric = head.map((title) => title.startsWith('>'))
  return [
    line(head.map((title) => title.replace(/^>/, ''))),
    line(numeric.map((right) => (right ? '---:' : '---'))),
    // A number and its unit stay on one line.
    ...rows.map((cells) =>
      line(cells.map((cell, column) => (numeric[column] ? cell.replaceAll(' ', '&nbsp;') : cell))),
    ),
  ].join('\n')
}

/** Lines to be copied into a shell. */
export function shell(...lines: readonly string[]): string {
  return ['```sh', ...lines.map((line) => clean(line).replaceAll('\n', ' ')), '```'].join('\n')
}

/** A word of a shell's command line, quoted where it has to be. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

/** What HTML, XML or the reader's eye could stumble over is gone: control characters, halves of surrogate pairs, and marks that turn the direction of whatever follows. Every kind of line break becomes `\n`. */
export function clean(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, (character) => (character === '\n' ? '\n' : ''))
}

const reference = (character: string) => `&#${character.codePointAt(0)};`
