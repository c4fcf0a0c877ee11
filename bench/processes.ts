import fs from 'node:fs'

/** The process that computes for a server or another process. (Linux, by `/proc`) */
export function computingFor(pid: number): number | undefined {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.find((child) => readOr(`/proc/${child}/cmdline`).includes('host/process.ts'))
}

/** Bytes that a process has in memory; 0 where there is none. */
export function residentMemory(pid: number | undefined): number {
  const [, kilobytes = 0] = /^VmRSS:\s*(\d+) kB/m.exec(readOr(`/proc/${pid}/status`)) ?? []
  return Number(kilobytes) * 1024
}

/** A process may have ended between being listed and being read. */
function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
