import type { Random } from '../../../core/random.ts'
import type { Assignment } from '../assign.ts'
import { leftWins, type Outcome, outcomeOf, rightWins, tie, type Vote } from '../vote.ts'

/** Who was shown what, and what came of it. Pairs and prompts are numbers: their places in the session's lists. */
export type Book = {
  /** Of each pair and outcome (the first wins, the second wins, tie), how many votes: 3 · pair + outcome. */
  outcomes: Float64Array
  /** Of each pair, how often it is with a rater and not judged yet. */
  pending: Float64Array
  /** Changes whenever a vote comes in. */
  votes(): number
  handOut(assignment: Assignment): void
  judge(vote: Vote): void
  takeBack(assignment: Assignment): void
  /** How often a rater was shown a pair. */
  timesOf(rater: string, pair: number): number
  /** The pair that a rater was shown last. */
  lastOf(rater: string): number | undefined
  /** How much more often the pair's first model was on the left than the second. */
  leadOf(pair: number): number
  /** The prompt on which the rater should compare the pair; undefined where they have had it on all, or there are none. */
  promptFor(rater: string, pair: number, random: Random): string | undefined
}

/** What was shown: a pair, the number of the prompt if it is one of the session's, and whether the pair's first model was on the left. */
type Place = { pair: number; number: number | undefined; inOrder: boolean }

/** What one rater was shown: how often each pair and each prompt, the pairs on prompts, and the pair at last. */
type Shown = { pairs: Map<number, number>; prompts: Map<number, number>; seen: Set<number>; last?: number }

export function createBook(pairs: readonly (readonly [string, string])[], prompts: readonly string[]): Book {
  const pairOf = new Map(pairs.map(([one, other], pair) => [JSON.stringify([one, other]), pair]))
  const numberOf = new Map(prompts.map((prompt, number) => [prompt, number]))
  const outcomes = new Float64Array(3 * pairs.length)
  const pending = new Float64Array(pairs.length)
  const lead = new Float64Array(pairs.length)
  const uses = new Float64Array(prompts.length)
  const judged = new Float64Array(prompts.length)
  const decisive = new Float64Array(prompts.length)
  const usesByPair = new Map<number, number>()
  const raters = new Map<string, Shown>()
  const open = new Map<string, number>()
  let votes = 0

  const placeOf = ({ left, right, prompt }: Assignment): Place | undefined => {
    const inOrder = pairOf.get(JSON.stringify([left, right]))
    const pair = inOrder ?? pairOf.get(JSON.stringify([right, left]))
    const number = prompt === undefined ? undefined : numberOf.get(prompt)
    return pair === undefined ? undefined : { pair, number, inOrder: inOrder !== undefined }
  }
  const raterOf = (name: string) => {
    const known: Shown = raters.get(name) ?? { pairs: new Map(), prompts: new Map(), seen: new Set() }
    raters.set(name, known)
    return known
  }
  const both = (pair: number, number: number) => pair * prompts.length + number

  /** Counts what was shown, or with −1 takes it back. */
  function show({ pair, number, inOrder }: Place, by: 1 | -1): void {
    add(lead, pair, inOrder ? by : -by)
    if (number === undefined) return
    add(uses, number, by)
    count(usesByPair, both(pair, number), by)
  }

  function remember(rater: string, { pair, number }: Place): void {
    const own = raterOf(rater)
    count(own.pairs, pair, 1)
    own.last = pair
    if (number === undefined) return
    count(own.prompts, number, 1)
    own.seen.add(both(pair, number))
  }

  /** Whether this was handed out; then it no longer is. */
  function close(rater: string, place: Place): boolean {
    const key = keyOf(rater, place)
    const times = open.get(key)
    if (times === undefined) return false
    if (times > 1) open.set(key, times - 1)
    else open.delete(key)
    add(pending, place.pair, -1)
    return true
  }

  function handOut(assignment: Assignment): void {
    const place = placeOf(assignment)
    if (!place) return
    show(place, 1)
    remember(assignment.rater, place)
    count(open, keyOf(assignment.rater, place), 1)
    add(pending, place.pair, 1)
  }

  return {
    outcomes,
    pending,
    votes: () => votes,
    handOut,
    judge: (vote) => {
      const place = placeOf(vote)
      if (!place) return
      if (!open.has(keyOf(vote.rater, place))) handOut(vote)
      close(vote.rater, place)
      const outcome = outcomeOf(vote)
      add(outcomes, 3 * place.pair + (place.inOrder ? outcome : turned(outcome)), 1)
      votes++
      if (place.number === undefined) return
      add(judged, place.number, 1)
      if (outcome !== tie) add(decisive, place.number, 1)
    },
    takeBack: (assignment) => {
      const place = placeOf(assignment)
      if (place && close(assignment.rater, place)) show(place, -1)
    },
    timesOf: (rater, pair) => raters.get(rater)?.pairs.get(pair) ?? 0,
    lastOf: (rater) => raters.get(rater)?.last,
    leadOf: (pair) => lead[pair] as number,
    promptFor: (rater, pair, random) => {
      const own = raters.get(rater)
      const merits = (number: number) => [
        usesByPair.get(both(pair, number)) ?? 0,
        own?.prompts.get(number) ?? 0,
        uses[number] as number,
        -((decisive[number] as number) + 1) / ((judged[number] as number) + 2),
      ]
      // Starting anywhere breaks what ties are left without a preference for the first of the list.
      const start = random.int(prompts.length)
      let best: { number: number; merits: number[] } | undefined
      for (let i = 0; i < prompts.length; i++) {
        const number = (start + i) % prompts.length
        if (own?.seen.has(both(pair, number))) continue
        const candidate = { number, merits: merits(number) }
        if (!best || isLess(candidate.merits, best.merits)) best = candidate
      }
      return best && prompts[best.number]
    },
  }
}

const keyOf = (rater: string, { pair, number, inOrder }: Place) => JSON.stringify([rater, pair, number, inOrder])

const turned = (outcome: Outcome): Outcome => (outcome === tie ? tie : outcome === leftWins ? rightWins : leftWins)

function add(counts: Float64Array, place: number, by: number): void {
  counts[place] = (counts[place] as number) + by
}

function count<T>(counts: Map<T, number>, key: T, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/** Whether the first list comes before the second: by the first number that differs. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const place = a.findIndex((value, i) => value !== b[i])
  return place >= 0 && (a[place] as number) < (b[place] as number)
}
