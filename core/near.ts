/**
 * The names that somebody may have meant, nearest first: three at most.
 *
 * @example nearNames('sib200', ['sib-200', 'belebele']) // ['sib-200']
 */
export function nearNames(asked: string, names: readonly string[]): string[] {
  const wanted = asked.toLowerCase()
  return names
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= 3 || (wanted !== '' && name.toLowerCase().includes(wanted)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  const letters = [...b]
  let row = [...letters.keys(), letters.length]
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, y] of letters.entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (x === y ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
