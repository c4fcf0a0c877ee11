import type { ChanceTest } from '../evaluator/compare.ts'
import type { Interval } from '../evaluator/metrics/bootstrap.ts'
import type { Sheet, SheetPair } from '../evaluator/sheet.ts'
import { sheetWords } from './evaluate-words.ts'
import { table } from './table.ts'

/** The sheet for a terminal: a line for each model and measure, the same in words, then what is to be known of the numbers. */
export function sheetText(sheet: Sheet): string {
  const { rows, pairs, notes } = sheet
  const [first] = rows
  const others = new Set(rows.map(({ model }) => model)).size > 1
  const lines = rows.map((row) => {
    const pair = pairs.find(
      ({ models, benchmark, measure }) =>
        models[0] === first?.model && models[1] === row.model && benchmark === row.benchmark && measure === row.measure,
    )
    return [
      row.title,
      row.model,
      figure(row.value),
      brackets(row.interval),
      String(row.units),
      chance(row.chance),
      ...(others ? against(pair) : []),
    ]
  })
  const head = [
    'measure',
    'model',
    'value',
    '95 % interval',
    'rows',
    'to guessing',
    ...(others ? ['against the first', 'p', ''] : []),
  ]
  const withChance = rows.some((row) => row.chance)
  const cells = [head, ...lines].map((line) => line.filter((_, column) => withChance || column !== 5))
  const words = sheetWords(sheet)
  return [
    table(cells, { right: [2, 4] }),
    ...(words.length > 0 ? ['', 'In words:', ...words.map((each) => `  ${each}`)] : []),
    ...(notes.length > 0 ? ['', 'To be known of these numbers:', ...notes.map((each) => `  ${each}`)] : []),
  ].join('\n')
}

function chance(test: ChanceTest | undefined): string {
  if (!test) return ''
  const where = { above: 'above', below: 'below', around: 'not clear of' }[test.interval]
  return `${where} ${figure(test.share)} (p ${probability(test.p)})`
}

function against(pair: SheetPair | undefined): string[] {
  if (!pair) return ['', '', '']
  return [
    `${signed(pair.difference)} ${brackets(pair.interval, signed)}`,
    // McNemar's test is exact where rows are right or wrong.
    probability(pair.tests.mcnemar?.p ?? pair.tests.bootstrap),
    { student: 'better', base: 'worse', undecided: 'no clear difference' }[pair.better],
  ]
}

/** `0.034`, `< 0.001`. */
export const probability = (p: number) => (p < 0.001 ? '< 0.001' : p.toFixed(3))

const figure = (value: number) => value.toFixed(Math.abs(value) < 10 ? 3 : 1)
const signed = (value: number) => `${value > 0 ? '+' : ''}${figure(value)}`
const brackets = ([low, high]: Interval, write = figure) => `[${write(low)}, ${write(high)}]`
