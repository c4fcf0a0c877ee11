/** A number with a fixed number of decimals as Python's `f"{value:.{digits}f}"` writes it: exact ties go to the even digit (6.25 → 6.2). */
export function toFixed(value: number, digits: number): string {
  const rounded = value.toFixed(digits)
  const exact = value.toFixed(Math.min(100, digits + 30))
  const cut = exact.length - Math.min(100 - digits, 30)
  if (!/^50*$/u.test(exact.slice(cut))) return rounded
  // On a tie the digits before it are one of the two neighbours: the one towards zero.
  const down = digits === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut)
  return Number(down.at(-1)) % 2 === 0 ? down : rounded
}

/** A number as Python's `repr(float)` and its JSON write it: `56.0`, `1e-05`, `1e+16`. */
export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent = ''] = value.toExponential().split('e')
    return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
