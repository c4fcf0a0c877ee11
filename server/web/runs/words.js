/** How numbers and steps of runs are said. */

const [minute, hour, day] = [60, 3600, 86_400]

/** A length of time, in its largest unit: about as exact as it is known. */
export function duration({ number }, seconds) {
  const [unit, size] =
    seconds < 1.5 * minute
      ? ['second', 1]
      : seconds < 1.5 * hour
        ? ['minute', minute]
        : seconds < 1.5 * day
          ? ['hour', hour]
          : ['day', day]
  const value = Math.max(1, Math.round(seconds / size))
  return number(value, { style: 'unit', unit, unitDisplay: 'long' })
}

/** @param amount null where it is not known */
export function money({ t, number }, amount, currency) {
  if (amount === null) return t('runs.price-unknown')
  if (amount === 0) return t('runs.price-nothing')
  const digits = amount < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 }
  return number(amount, currency ? { style: 'currency', currency, ...digits } : digits)
}

export function bytes({ number }, value) {
  const [unit, size] = value < 1e9 ? ['megabyte', 1e6] : ['gigabyte', 1e9]
  return number(value / size, { style: 'unit', unit, maximumFractionDigits: 1 })
}

/** A step in words; what has none in the page's language has a sentence in English. */
export function stepTitle({ t }, { name, title }) {
  const key = `runs.step-${name}`
  const own = t(key)
  return own === key ? { text: title ?? name, lang: 'en' } : { text: own, lang: '' }
}

/** Filters by what is wrong with what they drop. */
const reasons = {
  'too long': 'length',
  'too short': 'length',
  'length ratio': 'length',
  'word length': 'length',
  duplicate: 'copy',
  'near-duplicate': 'copy',
  'one a text': 'copy',
  quotation: 'copy',
  language: 'language',
  script: 'language',
  loop: 'loops',
  looping: 'loops',
  repetition: 'loops',
  repeats: 'loops',
  unfinished: 'unfinished',
  unanswered: 'unfinished',
  unreadable: 'unfinished',
  benchmark: 'measured',
  measured: 'measured',
  budget: 'budget',
  'bad word': 'bad-word',
}

/** Why examples were left out, and how many, the most frequent reason first. */
export function droppedFor({ t }, dropped) {
  const counts = new Map()
  for (const [filter, count] of Object.entries(dropped)) {
    const reason = reasons[filter] ?? 'damaged'
    counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => t(`runs.dropped-${reason}`, { count }))
}

/** A refusal in words of the page's language, where it is one of those that people meet. */
export function problemInWords(t, { code, message }, otherwise) {
  const key = `runs.problem-${String(code).replaceAll('_', '-')}`
  const own = t(key)
  return own === key ? (otherwise ?? message) : own
}
