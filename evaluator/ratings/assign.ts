// STUB until the real one is merged.
import type { Random } from '../../core/random.ts'
export type Battle = { rater: string; prompt: string; left: string; right: string }
export type Assigner = {
  next(rater: string): Battle | undefined
  give(battle: Battle): void
  giveBack(battle: Battle): void
  judge(battle: Battle & { verdict: 'left' | 'right' | 'both_good' | 'both_bad' }): void
}
export function createAssigner({
  models,
  prompts = [''],
  random,
}: {
  models: readonly string[]
  prompts?: readonly string[]
  random: Random
}): Assigner {
  const given = new Map<string, number>()
  const had = new Set<string>()
  const key = (b: { left: string; right: string; prompt: string }) => [b.prompt, ...[b.left, b.right].sort()].join('\n')
  return {
    next: (rater) => {
      const all = prompts.flatMap((prompt) =>
        models.flatMap((left) => models.filter((m) => m !== left).map((right) => ({ rater, prompt, left, right }))),
      )
      const free = prompts.length === 1 && prompts[0] === ''
      const left = free ? all : all.filter((b) => !had.has(`${rater} ${key(b)}`))
      const times = (b: Battle) => given.get(`${b.prompt} ${b.left} ${b.right}`) ?? 0
      const least = Math.min(...left.map(times))
      const c = left.filter((b) => times(b) === least)
      return c.length ? random.pick(c) : undefined
    },
    give: (b) => {
      had.add(`${b.rater} ${key(b)}`)
      const k = `${b.prompt} ${b.left} ${b.right}`
      given.set(k, (given.get(k) ?? 0) + 1)
    },
    giveBack: (b) => {
      const k = `${b.prompt} ${b.left} ${b.right}`
      given.set(k, (given.get(k) ?? 0) - 1)
    },
    judge: () => {},
  }
}
