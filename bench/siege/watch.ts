import fs from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../endonym-serve.ts'

/** Resident memory of the server and of the process that computes for it, in MB. */
export type Memory = { server: number; computing: number }

/** Looks at a server from outside while others use it: how long `/healthz` takes ten times a second, and its memory each second. Linux only, by `/proc`. */
export function createWatch({ url, pid }: Pick<Server, 'url' | 'pid'>) {
  const health: number[] = []
  const memory: Memory[] = []
  let ended = false
  const agent = new http.Agent({ keepAlive: true })
  const computing = (): number | undefined =>
    fs
      .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .find((child) => readOr(`/proc/${child}/cmdline`).includes('host/process.ts'))
  const now = (): Memory => ({ server: residentOf(pid), computing: residentOf(computing()) })
  const watching = (async () => {
    for (let round = 0; !ended; round++) {
      const started = performance.now()
      await get(new URL('/healthz', url), agent)
      health.push(performance.now() - started)
      if (round % 10 === 0) memory.push(now())
      await sleep(Math.max(0, 100 - (performance.now() - started)))
    }
  })()
  return {
    memory,
    now,
    /** The process that computes; undefined where there is none within that time. */
    computing: async (ms: number): Promise<number | undefined> => {
      for (const end = performance.now() + ms; performance.now() < end; await sleep(50)) {
        const found = computing()
        if (found !== undefined) return found
      }
      return undefined
    },
    end: async () => {
      ended = true
      await watching
      agent.destroy()
      return { health, memory }
    },
  }
}

function get(url: URL, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => response.resume().once('end', resolve)).on('error', reject)
  })
}

function residentOf(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(readOr(`/proc/${pid}/status`))?.[1]
  return Number(kilobytes ?? 0) / 1000
}

/** A process may have ended between being listed and being read. */
function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
