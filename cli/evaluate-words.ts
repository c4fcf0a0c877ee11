import type { Sheet, SheetPair, SheetRow } from '../evaluator/sheet.ts'

/** The sheet in words, for those who read no statistics: how each model stands to guessing, and each to the first. */
export function sheetWords({ rows, pairs }: Sheet): string[] {
  const [first] = rows
  return [...Map.groupBy(rows, ({ benchmark, measure }) => `${benchmark}\0${measure}`).values()].flatMap((group) => {
    const said = [
      ...group.flatMap(guessing),
      ...pairs
        .filter(({ models, benchmark, measure }) => {
          const [row] = group
          return models[0] === first?.model && benchmark === row?.benchmark && measure === row.measure
        })
        .map(difference),
    ]
    return said.length === 0 ? [] : [group[0]?.title ?? '', ...said.map((sentence) => `  ${sentence}.`)]
  })
}

function guessing({ model, value, units, chance }: SheetRow): string[] {
  if (!chance) return []
  const right = `${model} is right on ${Math.round(value * units)} of ${units}`
  const guessed = `${Math.round(chance.share * units)} that guessing gives`
  if (chance.interval === 'above') return [`${right}, more than the ${guessed}`]
  if (chance.interval === 'below') return [`${right}, fewer than the ${guessed}`]
  return [`${right}, not clearly more or fewer than the ${guessed}`]
}

function difference({ models: [first, other], better, units }: SheetPair): string {
  if (better === 'undecided') return `${units} rows show no clear difference between ${other} and ${first}`
  return `${other} is ${better === 'student' ? 'better' : 'worse'} than ${first}`
}
