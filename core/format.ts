/** `1 h 5 min`, `3 min 20 s`, `12 s`, `< 1 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const minutes = Math.round(seconds / 60)
  if (whole >= 3600) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return whole === 0 && seconds > 0 ? '< 1 s' : `${whole} s`
}

/** `1,234,567`: a count for people to read. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en')
}

/** `1 row`, `1,234 rows`. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}
