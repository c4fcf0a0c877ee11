import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silent } from '../../core/progress.ts'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import { fluency, perplexity } from '../../evaluator/polyglot-score/fluency.ts'
import { openRuntime } from '../../models/llama.ts'
import type { Model, Runtime, Scorer } from '../../models/runtime.ts'
import { measureRows, scoreResponse } from '../../trainer/score/rows.ts'
import { studentFile } from '../model.ts'

const galician = resolveLanguage('Galician')
const rows = [
  { prompt: 'What is a river?', response: 'A river is water that flows to the sea.' },
  { prompt: 'Que é un río?', response: 'Un río é auga que corre cara ao mar.' },
  { prompt: 'Why?', response: 'Zxq vblorp wug, snarf the quindle.' },
]

let runtime: Runtime
let model: Model
let scorer: Scorer
let store: Store
beforeAll(async () => {
  runtime = await openRuntime()
  model = await runtime.load(studentFile())
  scorer = await model.openScorer({ contextSize: 512 })
  store = await openStore(':memory:')
})
afterAll(async () => {
  await scorer?.dispose()
  await model?.dispose()
  await runtime?.dispose()
  await store?.destroy()
})

/** Scores rows in this order, with nothing remembered of others. */
async function scoresOf(some: typeof rows) {
  const fresh = await openStore(':memory:')
  const scores = new Map<string, { logProb: number; tokens: number }>()
  for (const row of some)
    scores.set(row.response, await scoreResponse(row, { model, scorer, sha256: 'base' }, createMemory(fresh)))
  await fresh.destroy()
  return scores
}

describe('the perplexity of a response', () => {
  it('does not depend on what other rows there are, nor on their order', async () => {
    const all = await scoresOf(rows)
    const reversed = await scoresOf([...rows].reverse())
    for (const row of rows) {
      expect(reversed.get(row.response)).toEqual(all.get(row.response))
      await scorer.forget()
      expect((await scoresOf([row])).get(row.response)).toEqual(all.get(row.response))
    }
  })

  it("is of the response's own tokens, each given the prompt and what came before it", async () => {
    const [row] = rows as [(typeof rows)[0]]
    const prompt = model.renderChat([{ role: 'user', content: row.prompt }], { addGenerationPrompt: true })
    const read = await scorer.scoreTokens(prompt + row.response)
    const own = read.slice(model.tokenize(prompt, { special: true }).length)
    expect(own.map(({ text }) => text).join('')).toBe(row.response)
    const { logProb, tokens } = (await scoresOf([row])).get(row.response) ?? { logProb: 0, tokens: 0 }
    expect(tokens).toBe(own.length)
    expect(logProb).toBeCloseTo(
      own.reduce((sum, token) => sum + (token.logProb ?? 0), 0),
      4,
    )
  })

  it('is low where the text is plain, and higher where it is nonsense', async () => {
    const scores = await scoresOf(rows)
    const [plain, , nonsense] = rows.map(({ response }) =>
      perplexity(scores.get(response) ?? { logProb: 0, tokens: 1 }),
    )
    expect(plain).toBeLessThan(12)
    expect(nonsense).toBeGreaterThan(5 * (plain ?? 0))
  })
})

describe('the measures of a data set', () => {
  it('are of its rows, and remembered', async () => {
    const memory = createMemory(store)
    let done = 0
    const context = {
      language: galician,
      embedder: model,
      base: { model, scorer, sha256: 'base' },
      memory,
      signal: new AbortController().signal,
      progress: silent,
      onRow: () => {
        done++
      },
    }
    const measured = await measureRows(rows, context)
    expect(done).toBe(3)
    expect(measured.fluency).toBeCloseTo(fluency([...(await scoresOf(rows)).values()]) ?? 0, 12)
    expect(measured.promptDistinctness).toBeGreaterThan(0)
    expect(measured.promptDistinctness).toBeLessThan(1)
    expect(measured.words).toBe(9)
    expect(measured.loops).toBe(0)
    memory.take()
    expect(await measureRows(rows, context)).toEqual(measured)
    expect(memory.take()).toMatchObject({ requests: 3, remembered: 3 })
    // Twice the same is less distinct.
    const twice = await measureRows([rows[0], rows[0]] as typeof rows, context)
    expect(twice.responseDistinctness).toBeCloseTo(0, 5)
  })
})
