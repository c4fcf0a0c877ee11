/**
 * Rows as an aligned table: the widest cell sets a column's width.
 *
 * @param right columns of numbers, which stand at the right.
 * @example table([['STEP', 'REQUESTS'], ['answers', '150']], { right: [1] })
 */
export function table(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      widths
        .map((width, column) => {
          const cell = row[column] ?? ''
          return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `52,002`; nothing for 0, which in a table is noise. */
export const count = (value: number): string => (value === 0 ? '' : Math.round(value).toLocaleString('en'))

/** Money, to the cent or to its first two digits: `12.34`, `0.0042`. Which currency is known to those who named the price. */
export const money = (value: number): string =>
  value === 0 ? '' : value >= 1 ? value.toFixed(2) : Number(value.toPrecision(2)).toString()
