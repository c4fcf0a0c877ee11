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
export function read(key) {
  return attempt(() => JSON.parse(localStorage.getItem(key)) ?? undefined)
}

export function attempt(work, otherwise) {
  try {
    return work()
  } catch {
    return otherwise
  }
}
