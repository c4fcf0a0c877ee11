/** What this browser keeps. Where there is no storage (private windows, full disk) pages work without memory. */

/** Small things that pages remember: which model and which chat were open, which language they speak. */
export function recall(name) {
  return attempt(() => localStorage.getItem(`endonym.${name}`)) ?? undefined
}

export function remember(name, value) {
  attempt(() => localStorage.setItem(`endonym.${name}`, value))
}

export function forget(name) {
  attempt(() => localStorage.removeItem(`endonym.${name}`))
}

/** What is kept as JSON under a name; undefined where there is none. */
export function read(name) {
  return attempt(() => JSON.parse(localStorage.getItem(`endonym.${name}`)) ?? undefined)
}

/** Keeps something as JSON. */
export function store(name, value) {
  attempt(() => localStorage.setItem(`endonym.${name}`, JSON.stringify(value)))
}

/** The names that begin so. */
export function names(beginning) {
  const keys = attempt(() => Object.keys(localStorage), [])
  return keys.filter((key) => key.startsWith(`endonym.${beginning}`)).map((key) => key.slice('endonym.'.length))
}

export function attempt(work, otherwise) {
  try {
    return work()
  } catch {
    return otherwise
  }
}
