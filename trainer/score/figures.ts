import type { Interval } from '../../evaluator/metrics/bootstrap.ts'
import type { Change } from '../../evaluator/polyglot-score/recovery.ts'
import type { TaskUnit } from './tasks.ts'

/** How changes of a unit are written: shares in points, bits per byte as what is saved of them. */
export const unitFigures: Readonly<Record<TaskUnit, { factor: number; digits: number; name: string }>> = {
  share: { factor: 100, digits: 1, name: 'points' },
  'bits per byte': { factor: 1, digits: 3, name: 'bits per byte saved' },
  'chrF++': { factor: 1, digits: 1, name: 'chrF++' },
}

/** `+3.1`, `−0.020`. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  const zero = Number(text) === 0
  return `${zero ? '' : value < 0 ? '−' : '+'}${text}`
}

/** `[+0.2, +6.0]` */
export const intervalText = ([low, high]: Interval, write: (value: number) => string): string =>
  `[${write(low)}, ${write(high)}]`

/** `+3.1 points [+0.2, +6.0]` */
export function changeText({ value, interval }: Change, unit: TaskUnit): string {
  const { factor, digits, name } = unitFigures[unit]
  const write = (each: number) => signed(factor * each, digits)
  return `${write(value)} ${name} ${intervalText(interval, write)}`
}
