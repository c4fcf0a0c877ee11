/** Columns with a title; a cell may have several lines. */
export type Table = readonly (readonly [title: string, cells: readonly string[]])[]

/** What a terminal makes of colour codes takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are written with escape characters.
const widthOf = (text: string): number => [...text.replaceAll(/\u001b\[\d+m/gu, '')].length

type Alignment = 'right' | 'center'
const alignmentOf = (column: number): Alignment => (column === 0 ? 'right' : 'center')

function align(text: string, width: number, alignment: Alignment): string {
  const room = width - widthOf(text)
  const before = alignment === 'right' ? room : Math.floor(room / 2)
  return ' '.repeat(before) + text + ' '.repeat(room - before)
}

/** A title has a space more on both sides than what is under it needs. */
function widths(table: Table): number[] {
  return table.map(([title, cells]) =>
    Math.max(widthOf(title) + 2, ...cells.flatMap((cell) => cell.split('\n')).map(widthOf)),
  )
}

/** A table in a frame of box-drawing characters, as sacreBLEU prints it for people. */
export function framed(table: Table): string {
  const columns = widths(table)
  const rule = (left: string, line: string, cross: string, right: string): string =>
    left + columns.map((width) => line.repeat(width + 2)).join(cross) + right
  const row = (cells: readonly string[]): string => {
    const lines = cells.map((cell) => cell.split('\n'))
    const height = Math.max(...lines.map(({ length }) => length))
    return Array.from({ length: height }, (_, line) => {
      const parts = lines.map((cell, i) => align(cell[line] ?? '', columns[i] as number, alignmentOf(i)))
      return `│ ${parts.join(' │ ')} │`
    }).join('\n')
  }
  const rows = (table[0]?.[1] ?? []).map((_, i) => row(table.map(([, cells]) => cells[i] as string)))
  return [
    rule('╒', '═', '╤', '╕'),
    row(table.map(([title]) => title)),
    rule('╞', '═', '╪', '╡'),
    rows.join(`\n${rule('├', '─', '┼', '┤')}\n`),
    rule('╘', '═', '╧', '╛'),
  ].join('\n')
}

const escapes: Record<string, string> = {
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '^': '\\^{}',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '\\': '\\textbackslash{}',
  '<': '\\ensuremath{<}',
  '>': '\\ensuremath{>}',
}

/** A table for LaTeX's booktabs. Widths are those before characters are escaped. */
export function latex(table: Table): string {
  const columns = widths(table)
  const escaped = (text: string): string =>
    text.replaceAll(/[&%$#_^{}~\\<>]/gu, (character) => escapes[character] as string)
  const row = (cells: readonly string[]): string =>
    ` ${cells.map((cell, i) => escaped(align(cell, columns[i] as number, alignmentOf(i)))).join(' & ')} \\\\`
  return [
    `\\begin{tabular}{${table.map((_, i) => alignmentOf(i).charAt(0)).join('')}}`,
    '\\toprule',
    row(table.map(([title]) => title)),
    '\\midrule',
    ...(table[0]?.[1] ?? []).map((_, i) => row(table.map(([, cells]) => cells[i] as string))),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n')
}
