/** What is said of models in numbers, the same on every page. */

/** `135 million`, as the language writes it; empty where it is not known. */
export function size({ number }, parameters) {
  return parameters === null ? '' : number(parameters, { notation: 'compact', maximumSignificantDigits: 3 })
}

export function fileSize({ number }, bytes) {
  if (bytes === null) return ''
  const [unit, by] = bytes < 1e9 ? ['megabyte', 1e6] : ['gigabyte', 1e9]
  return number(bytes / by, { style: 'unit', unit, maximumFractionDigits: 1 })
}

export const whole = ({ number }, value) => number(value, { maximumFractionDigits: 0 })

/** Two numbers that something lies between, the lower one on the left. */
export const between = (page, [low, high]) => `\u2066${whole(page, low)} – ${whole(page, high)}\u2069`

/** A name in Latin letters within text of any direction. */
export const isolated = (name) => `\u2068${name}\u2069`
