/** One thing that a machine needs, or is better with. */
export type Check = {
  /** `translator` */
  name: string
  /** `optional-missing`: everything works without it, with less. */
  state: 'ok' | 'missing' | 'optional-missing'
  /** What was found, or what its lack means. A sentence. */
  says: string
  /** The command that mends it. */
  mend?: string
  /** The Debian packages that mend it. */
  packages?: readonly string[]
}

/** What is looked for, and where. */
export type CheckOptions = {
  /** Also what the tests need beyond what a user needs. */
  tests?: boolean
  /** Also what is asked of other machines. (true) */
  network?: boolean
}

/** What everything that set-up can bring is mended by. */
export const fixCommand = (tests: boolean) => (tests ? 'endonym doctor --fix --tests' : 'endonym doctor --fix')

/** A lack that Debian packages mend. */
export function lacksPackages(name: string, says: string, packages: readonly string[]): Check {
  return { name, state: 'missing', says, packages, mend: installCommand(packages) }
}

/** What a person types to install Debian packages. */
export function installCommand(packages: readonly string[]): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  return `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`
}
