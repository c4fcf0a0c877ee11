import { duration } from '../core/format.ts'
import type { Progress } from '../core/progress.ts'

/** Draws progress on a stream: a bar that moves in place on a terminal; elsewhere a line every ten seconds and at the end of a stage. */
export function drawProgress(stream: NodeJS.WriteStream): {
  report: Progress
  say(sentence: string): void
  end(): void
} {
  const live = stream.isTTY === true
  let stage = ''
  let started = 0
  let drawn = false
  let last = 0
  const erase = () => {
    if (live && drawn) stream.write('\r\u001b[2K')
    drawn = false
  }
  return {
    report({ stage: name, done, total, unit, note }) {
      const now = performance.now()
      if (name !== stage) {
        if (live && drawn) stream.write('\n')
        stage = name
        started = now
        last = 0
        drawn = false
      }
      const finished = total !== undefined && done >= total
      if (now - last < (live ? 100 : 10_000) && !finished) return
      last = now
      const seconds = (now - started) / 1000
      const left = total !== undefined && done > 0 && !finished ? (seconds / done) * (total - done) : undefined
      const parts = [
        total === undefined
          ? amount(done, unit)
          : `${bar(done / Math.max(total, 1))} ${amount(done, unit)} of ${amount(total, unit)}`,
        ...(left !== undefined && seconds > 2 ? [`${duration(left)} left`] : finished ? [`${duration(seconds)}`] : []),
        ...(note ? [note] : []),
      ]
      erase()
      stream.write(`${name.padEnd(12)} ${parts.join('  ')}`)
      if (live && !finished) drawn = true
      else stream.write('\n')
    },
    say(sentence) {
      erase()
      stream.write(`${sentence}\n`)
    },
    end() {
      if (live && drawn) stream.write('\n')
      drawn = false
    },
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * 20)
  return `[${'█'.repeat(full)}${'·'.repeat(20 - full)}]`
}

function amount(value: number, unit = ''): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(1)} MB`
  return `${Math.round(value).toLocaleString('en')}${unit ? ` ${unit}` : ''}`
}
