import { duration } from '../core/format.ts'
import type { Compared } from '../trainer/preferences/measure.ts'
import type { PreferenceResult } from '../trainer/preferences.ts'

/** Held-out rows from which on a share of them says something: below, its interval is wider than a third. */
const fewHeldOut = 30

/** What `endonym train` prints for people. */
export function trainText(result: PreferenceResult): string {
  const { method, rows, steps, seconds, loss, trained, heldOut, proof, after, compare, run } = result
  const fell =
    loss.first !== null && loss.last !== null ? `, loss ${loss.first.toFixed(3)} → ${loss.last.toFixed(3)}` : ''
  const last = Math.max(...proof.files.map(({ difference }) => difference))
  return [
    `${after} is in the store: ${result.before}, trained on what people prefer (${method.toUpperCase()}, run ${run}).`,
    '',
    `Trained on ${rows.trained} rows, ${rows.heldOut} held out: ${steps} steps in ${duration(seconds)}${fell}.`,
    `  trained on: ${figures(trained)}`,
    heldOut === null
      ? '  held out:   none, for there are too few questions. What it learned may be these answers by heart.'
      : `  held out:   ${figures(heldOut)}`,
    ...(heldOut !== null && heldOut.rows < fewHeldOut ? ['              so few that this tells little.'] : []),
    `Proven: prompts as the reference renders them, served files within ${last.toFixed(3)} nats a token of the 16-bit model.`,
    '',
    'Likelihoods are no proof that people like its answers better. Ask them, without telling which is which:',
    `  ${compare}`,
  ].join('\n')
}

function figures(compared: Compared): string {
  const { rows, learned } = compared
  if (compared.method === 'dpo') {
    const { before, after } = compared
    return `the better answer gained on the other in ${learned} of ${rows}; it is the likelier one in ${before.likelier} → ${after.likelier}, by ${signed(before.margin)} → ${signed(after.margin)} nats in the mean`
  }
  const { before, after } = compared
  const change = (what: 'wanted' | 'unwanted') =>
    before[what] === null || after[what] === null
      ? undefined
      : `${what} ${before[what].toFixed(2)} → ${after[what].toFixed(2)} nats a token`
  return [`${learned} of ${rows} moved as they should`, change('wanted'), change('unwanted')]
    .filter((part) => part !== undefined)
    .join('; ')
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
