import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../endonym-serve.ts'
import { computingFor, residentMemory } from '../processes.ts'

/** Resident memory of the server and of the process that computes for it, in MB. */
export type Memory = { server: number; computing: number }

/** Looks at a server from outside while others use it: how long `/healthz` takes ten times a second, and its memory each second. Linux only, by `/proc`. */
export function createWatch({ url, pid }: Pick<Server, 'url' | 'pid'>) {
  const health: number[] = []
  const memory: Memory[] = []
  let ended = false
  let somethingLoaded = false
  const agent = new http.Agent({ keepAlive: true })
  const computing = () => computingFor(pid)
  const now = (): Memory => ({ server: megabytes(pid), computing: megabytes(computing()) })
  const watching = (async () => {
    for (let round = 0; !ended; round++) {
      const started = performance.now()
      const status = JSON.parse(await get(new URL('/healthz', url), agent)) as { loaded: string[] }
      health.push(performance.now() - started)
      somethingLoaded = status.loaded.length > 0
      if (round % 10 === 0) memory.push(now())
      await sleep(Math.max(0, 100 - (performance.now() - started)))
    }
  })()
  return {
    memory,
    now,
    /** Kills the process that computes, at some moment after it has come up, or after a model in it has answered; and waits until it is gone. */
    kill: async ({ loaded }: { loaded: boolean }): Promise<void> => {
      let found = computing()
      for (; found === undefined || (loaded && !somethingLoaded); found = computing()) await sleep(50)
      await sleep((loaded ? 4000 : 500) * Math.random())
      process.kill(found, 'SIGKILL')
      while (computing() === found) await sleep(50)
      // What `/healthz` has told of it, and is telling just now, holds no more.
      await sleep(500)
      somethingLoaded = false
    },
    end: async () => {
      ended = true
      await watching
      agent.destroy()
      return { health, memory }
    },
  }
}

function get(url: URL, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.once('end', () => resolve(text))
    })
    request.on('error', reject)
  })
}

const megabytes = (pid: number | undefined): number => residentMemory(pid) / 1.024e6
