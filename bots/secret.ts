import crypto from 'node:crypto'

/** Whether two texts are the same, in a time that does not tell how much of them is. */
export function isSame(given: string, wanted: string): boolean {
  // Hashes are of one length, which `timingSafeEqual` wants.
  const [a, b] = [given, wanted].map((text) => crypto.createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && crypto.timingSafeEqual(a, b)
}

/** A log that has none of the secrets in it, whatever it is given to say. */
export function withoutSecrets(
  log: (line: string) => void,
  secrets: readonly (string | undefined)[],
): (line: string) => void {
  const known = secrets.filter((secret) => secret !== undefined && secret !== '')
  return (line) => log(known.reduce<string>((text, secret) => text.replaceAll(String(secret), '…'), line))
}
