/** Tercom's limits: how long a phrase may be that is shifted, how far, and how far the alignment may stray from the diagonal. */
const maxShiftSize = 10
const maxShiftDistance = 50
const beamWidth = 25
/** sacreBLEU's own: after so many shifts were tried, the search ends. */
const maxCandidates = 1000
/** A cell that the beam does not reach. */
const unreachable = 1e9

/** What was done to get to a cell of the table. */
const keep = 0
const substitute = 1
const insert = 2
const remove = 3

/**
 * The edits that turn a hypothesis into a reference: the Levenshtein distance within a beam, plus one for every shift of a phrase that made it smaller.
 * Words are numbers. Shifts are found greedily, the best first, with the heuristics of Tercom (Snover et al. 2006) as sacreBLEU has them.
 */
export function edits(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return hypothesis.length
  if (hypothesis.length === 0) return reference.length
  const table = createTable(hypothesis.length, reference)
  let words = hypothesis
  let shifts = 0
  let tried = 0
  for (;;) {
    const distance = table.fill(words)
    if (distance === 0) return shifts
    const best = bestShift(words, reference, table, distance, tried)
    tried = best.tried
    // sacreBLEU leaves the shift that it has just found undone when the candidates are used up.
    if (tried >= maxCandidates || !best.words) return shifts + distance
    shifts++
    words = best.words
  }
}

type Table = ReturnType<typeof createTable>
type Shift = { words: Int32Array | undefined; tried: number }

/**
 * Buffers that every search uses again, as many candidates are looked at that would each be garbage: only one search is under way at a time. `words` has the
 * words after the last shift, `candidate` those with the shift at hand, `best` those with the best shift so far.
 */
const buffers = {
  words: new Int32Array(64),
  candidate: new Int32Array(64),
  best: new Int32Array(64),
  positions: new Int32Array(64),
  wrong: new Int32Array(64),
  expected: new Int32Array(64),
  kept: new Int32Array(4096),
  tried: new Int32Array(4096),
  steps: new Uint8Array(4096),
}

function reserve(rows: number, columns: number): void {
  if (buffers.words.length < rows) {
    for (const name of ['words', 'candidate', 'best'] as const) buffers[name] = new Int32Array(rows * 2)
  }
  if (buffers.positions.length <= Math.max(rows, columns)) {
    for (const name of ['positions', 'wrong', 'expected'] as const)
      buffers[name] = new Int32Array(Math.max(rows, columns) * 2)
  }
  const size = (rows + 1) * (columns + 1)
  if (buffers.kept.length < size) {
    buffers.kept = new Int32Array(size * 2)
    buffers.tried = new Int32Array(size * 2)
    buffers.steps = new Uint8Array(size * 2)
  }
}

/** The shift that takes most edits away; of several, that of the longest phrase, then the earliest phrase, then the earliest place. */
function bestShift(
  words: Int32Array,
  reference: Int32Array,
  table: Table,
  distance: number,
  triedBefore: number,
): Shift {
  const alignment = table.align()
  let tried = triedBefore
  // Only a shift that takes an edit away is ever made, so others need no exact distance.
  let least = distance - 1
  let chosen: { distance: number; length: number; start: number; target: number } | undefined
  const { candidate, best } = buffers
  for (let start = 0; start < words.length; start++) {
    const first = Math.max(0, start - maxShiftDistance)
    const last = Math.min(reference.length - 1, start + maxShiftDistance)
    for (let place = first; place <= last; place++) {
      for (let length = 1; length <= maxShiftSize; length++) {
        if (start + length > words.length || place + length > reference.length) break
        if (words[start + length - 1] !== reference[place + length - 1]) break
        const wrong =
          alignment.hypothesisErrors(start, start + length) && alignment.referenceErrors(place, place + length)
        const now = alignment.positions[place] as number
        if (!wrong || (start <= now && now < start + length)) continue
        let previous = -1
        for (let offset = -1; offset < length; offset++) {
          const target = place + offset < 0 ? 0 : (alignment.positions[place + offset] as number) + 1
          if (target === previous) continue
          previous = target
          tried++
          shift(words, { length, start, target }, candidate)
          const reached = table.distance(candidate, Math.min(start, target), least)
          if (reached > least) continue
          if (chosen && reached === chosen.distance && !isPreferred({ length, start, target }, chosen)) continue
          chosen = { distance: reached, length, start, target }
          best.set(candidate)
          least = reached
        }
        // The caller leaves what was found undone.
        if (tried >= maxCandidates) return { words: undefined, tried }
      }
    }
  }
  if (!chosen) return { words: undefined, tried }
  buffers.words.set(best)
  return { words: buffers.words.subarray(0, words.length), tried }
}

type Place = { length: number; start: number; target: number }

function isPreferred(one: Place, other: Place): boolean {
  if (one.length !== other.length) return one.length > other.length
  if (one.start !== other.start) return one.start < other.start
  return one.target < other.target
}

/** Writes the words with a phrase moved. */
function shift(words: Int32Array, { length, start, target }: Place, result: Int32Array): void {
  const end = start + length
  // Within itself, a phrase moves by as many words as the target is from its start.
  const to = target < start ? target : target > end ? target - length : Math.min(target, words.length - length)
  let from = 0
  for (let i = 0; i < words.length; i++) {
    if (i >= to && i < to + length) result[i] = words[start + i - to] as number
    else {
      if (from === start) from = end
      result[i] = words[from++] as number
    }
  }
}

/**
 * The table of edit distances between a hypothesis's words (rows) and the reference's (columns), and what is read from it. All hypotheses of a search have
 * the same length. Rows are kept for the words at hand; a shifted variant is computed from the first row in which it differs.
 */
function createTable(rows: number, reference: Int32Array) {
  const columns = reference.length
  const width = columns + 1
  const ratio = columns / rows
  const beam = beamWidth < ratio / 2 ? Math.ceil(ratio / 2 + beamWidth) : beamWidth
  const size = (rows + 1) * width
  reserve(rows, columns)
  const { kept, tried, steps } = buffers
  for (let j = 0; j < width; j++) {
    kept[j] = j
    steps[j] = insert
  }

  /** Computes a row from the one before it, which may lie in another table; with `record`, also how each cell was reached. Gives the least that can follow. */
  const row = (into: Int32Array, before: Int32Array, i: number, word: number, record: boolean): number => {
    const diagonal = Math.floor(i * ratio)
    const from = Math.max(0, diagonal - beam)
    const to = i === rows ? width : Math.min(width, diagonal + beam)
    const here = i * width
    const above = here - width
    into.fill(unreachable, here, here + width)
    let least = unreachable
    let left = unreachable
    for (let j = from; j < to; j++) {
      let cost = unreachable
      let step = keep
      if (j === 0) {
        cost = (before[above] as number) + 1
        step = remove
      } else {
        const same = word === reference[j - 1]
        const diagonalCost = (before[above + j - 1] as number) + (same ? 0 : 1)
        if (diagonalCost < cost) {
          cost = diagonalCost
          step = same ? keep : substitute
        }
        const removal = (before[above + j] as number) + 1
        if (removal < cost) {
          cost = removal
          step = remove
        }
        const insertion = left + 1
        if (insertion < cost) {
          cost = insertion
          step = insert
        }
      }
      into[here + j] = cost
      if (record) steps[here + j] = step
      left = cost
      // What is left of both sides differs in length by so many words, each at least an edit.
      const rest = cost + Math.abs(rows - i - (columns - j))
      if (rest < least) least = rest
    }
    return least
  }

  return {
    /** Takes these words as those at hand; their distance. */
    fill(words: Int32Array): number {
      for (let i = 1; i <= rows; i++) row(kept, kept, i, words[i - 1] as number, true)
      return kept[size - 1] as number
    },
    /** The distance of words that are those at hand up to a position before their end; any number above `limit` when it is above that. */
    distance(words: Int32Array, position: number, limit: number): number {
      for (let i = position + 1; i <= rows; i++) {
        const least = row(tried, i === position + 1 ? kept : tried, i, words[i - 1] as number, false)
        if (least > limit) return least
      }
      return tried[size - 1] as number
    },
    /** Where each word of the reference is in the hypothesis at hand (−1: before it), and which words of both are not kept. */
    align() {
      const { positions, wrong: hypothesis, expected } = buffers
      positions.fill(0, 0, columns)
      hypothesis.fill(0, 0, rows + 1)
      expected.fill(0, 0, columns + 1)
      let i = rows
      let j = columns
      while (i > 0 || j > 0) {
        const step = steps[i * width + j] as number
        const wrong = step === keep ? 0 : 1
        if (step !== remove) {
          positions[j - 1] = i - 1
          expected[j] = wrong
        }
        if (step !== insert) hypothesis[i] = wrong
        if (step !== insert) i--
        if (step !== remove) j--
      }
      for (let k = 1; k <= rows; k++) hypothesis[k] = (hypothesis[k] as number) + (hypothesis[k - 1] as number)
      for (let k = 1; k <= columns; k++) expected[k] = (expected[k] as number) + (expected[k - 1] as number)
      return {
        positions,
        hypothesisErrors: (from: number, to: number): boolean => hypothesis[to] !== hypothesis[from],
        referenceErrors: (from: number, to: number): boolean => expected[to] !== expected[from],
      }
    },
  }
}
