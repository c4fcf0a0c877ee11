import type { MeasureResult } from '../../evaluator/compare.ts'
import type { Interval } from '../../evaluator/metrics/bootstrap.ts'

/** How a measure's numbers are written, in a table as in a picture. */
export type Figures = {
  /** Of a difference; measures of the same unit share an axis. */
  unit: string
  /** What a value is multiplied by to be in that unit. */
  factor: number
  /** `2.583`, `20.2`, `90 %`; a dash where there is no number. */
  value(value: number): string
  /** `−0.362`, `+6.4`, `+88 points`. */
  difference(value: number): string
  /** `[−0.414, −0.310]` */
  interval(interval: Interval): string
}

/** @param units rows: shares of fewer than 200 are not worth a decimal. */
export function figuresOf({ measure, units }: Pick<MeasureResult, 'measure' | 'units'>): Figures {
  if (measure === 'bits-per-byte') return figures('bits per byte', 1, 3)
  if (measure === 'chrf++') return figures('points of chrF++', 1, 1)
  return figures('percentage points', 100, units < 200 ? 0 : 1, ' %', ' points')
}

/** Percent of something, as the forgetting of English is given. */
export const percentFigures: Figures = figures('percent', 1, 1, ' %', ' %')

function figures(unit: string, factor: number, digits: number, suffix = '', differenceSuffix = suffix): Figures {
  const plain = (value: number) => decimal(value * factor, digits)
  const signed = (value: number) => {
    const written = plain(value)
    return value > 0 && /[1-9]/.test(written) ? `+${written}` : written
  }
  return {
    unit,
    factor,
    value: (value) => (Number.isFinite(value) ? plain(value) + suffix : '–'),
    difference: (value) => (Number.isFinite(value) ? signed(value) + differenceSuffix : '–'),
    interval: ([low, high]) =>
      Number.isFinite(low) && Number.isFinite(high) ? `[${signed(low)}, ${signed(high)}]` : '–',
  }
}

/** With a real minus sign, thousands separators, and no minus before zero. */
function decimal(value: number, digits: number): string {
  const written = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return /[1-9]/.test(written) ? written.replace('-', '−') : written.replace('-', '')
}

/** A measure's title at the beginning of a sentence; `chrF++` keeps its small letter. */
export function sentenceCase(text: string): string {
  return text.startsWith('chrF') ? text : text.charAt(0).toUpperCase() + text.slice(1)
}
