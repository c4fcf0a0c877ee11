import fs from 'node:fs'

/**
 * Memory in pages of 2 MB, on Linux. A model reads all its weights for each token, and what it reads in pages of 4 KB the processor has to look up 500 times as often: on two cores a token takes a tenth less
 * (docs/performance.md).
 *
 * Where the system gives such pages to those who ask for them (`madvise`, as most do), glibc asks if it is told to in the environment with which a process is started. A file that is mapped has none.
 *
 * Sources: Linux, Documentation/admin-guide/mm/transhuge.rst; glibc manual, "Memory Allocation Tunables".
 */
const tunable = 'glibc.malloc.hugetlb'

/** An environment in which a process has huge pages, where they can be had. What is set already stays. */
export function withHugePages(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GLIBC_TUNABLES: tunables = '' } = environment
  if (policy() !== 'madvise' || tunables.includes(tunable)) return environment
  return { ...environment, GLIBC_TUNABLES: [...(tunables ? [tunables] : []), `${tunable}=1`].join(':') }
}

/** Whether what this process allocates is in huge pages. */
export function hasHugePages(): boolean {
  const which = policy()
  return which === 'always' || (which === 'madvise' && (process.env.GLIBC_TUNABLES ?? '').includes(`${tunable}=1`))
}

/** `always`, `madvise`, `never`; undefined where there is no such thing. */
function policy(): string | undefined {
  try {
    return /\[(\w+)\]/.exec(fs.readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
