import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { silent } from '../../../core/progress.ts'
import { createRandom } from '../../../core/random.ts'
import { openStore } from '../../../data/database.ts'
import { bulkExamples, recordInBulk } from '../../../trainer/bulk.ts'
import { cleaningDefaults } from '../../../trainer/corpus/cleaning.ts'
import type { Example } from '../../../trainer/example.ts'
import type { StepContext } from '../../../trainer/step.ts'
import { bilingualMix } from '../../../trainer/steps/bilingual-mix.ts'
import { documents } from '../../../trainer/steps/documents.ts'
import { english, galician } from '../../evaluator/languages.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'documents-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const context = {
  language: galician,
  rich: english,
  random: createRandom('documents'),
  countTokens: async (text: string) => text.split(' ').length,
  progress: silent,
  note: () => {},
  signal: new AbortController().signal,
} as unknown as StepContext

async function openRuns() {
  const store = await openStore(path.join(folder, 'endonym.db'))
  const now = new Date().toISOString()
  const run = {
    id: 'run',
    language: 'glg',
    recipe: 'polyglot-ko',
    scale: 'demo',
    options_json: '{}',
    status: 'running' as const,
  }
  await store
    .insertInto('runs')
    .values({ ...run, error: null, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return store
}

const places = ['monte', 'río', 'porto', 'souto', 'muíño', 'camiño', 'lugar', 'couto', 'adro', 'forno']
const things = ['pan', 'viño', 'queixo', 'millo', 'mel', 'caldo', 'polbo', 'leite', 'sal', 'liño']
/** A thousand documents of some thirty words, all different. */
const story = (i: number) => {
  const [place, thing, other] = [places[i % 10], things[Math.floor(i / 10) % 10], things[Math.floor(i / 100) % 10]]
  return `Hai ${i} anos que a xente do ${place} leva ${thing} e ${other} á feira da vila número ${i}, e cando chega a noite do día ${i * 7} volve toda canda a veciñanza polo carreiro vello do ${place}, cantando coplas de ${thing}.`
}
const corpus = path.join(folder, 'corpus.jsonl')
fs.writeFileSync(corpus, Array.from({ length: 1000 }, (_, i) => `${JSON.stringify({ text: story(i) })}\n`).join(''))

const step = (tokens: number, remembered = 100_000) =>
  documents({
    ...{ corpus, field: 'text', cleaning: cleaningDefaults, badWords: '', spam: '' },
    ...{ duplicates: 0.8, shingleWords: 13, remembered, tokens },
  })
async function* none(): AsyncGenerator<Example> {}
const all = async (examples: AsyncIterable<Example>) => {
  const found: Example[] = []
  for await (const example of examples) found.push(example)
  return found
}

test('reading ends when there is text enough', async () => {
  const some = await all(step(500).run(none(), context))
  const words = some.filter(({ dropped }) => !dropped).reduce((sum, { text = '' }) => sum + text.split(' ').length, 0)
  expect(words).toBeGreaterThanOrEqual(500)
  expect(words).toBeLessThan(600)
  expect(some[0]).toMatchObject({ kind: 'document', text: story(0), origin: 'corpus.jsonl:1', masked: {} })
})

test('what is kept goes to a file, and the table gets some of it; the counts are of all', async () => {
  const store = await openRuns()
  const file = path.join(folder, 'documents.jsonl')
  const examples = async function* (): AsyncGenerator<Example> {
    for (let i = 0; i < 3000; i++) {
      const id = `id${i}`
      const masked = { email: i % 2 }
      const dropped = i % 3 === 0 ? { dropped: { by: 'script', reason: 'none' } } : {}
      yield { id, kind: 'document', text: 'x'.repeat(5000), masked, parents: [], requests: [], ...dropped }
    }
  }
  const funnel = await recordInBulk(store, 'run', 'documents', examples(), file)
  expect(funnel).toEqual({ kept: 2000, dropped: { script: 1000 }, masked: { email: 1000 } })
  const kept = await all(bulkExamples(file))
  expect(kept).toHaveLength(2000)
  expect(kept[0]).toMatchObject({ id: 'id1', masked: { email: 1 } })
  const rows = await store.selectFrom('examples').select(['dropped_by', 'example_json']).execute()
  expect(rows.filter(({ dropped_by }) => dropped_by === null)).toHaveLength(500)
  expect(rows.filter(({ dropped_by }) => dropped_by === 'script')).toHaveLength(500)
  for (const { dropped_by, example_json } of rows) expect(example_json.length < 2500).toBe(dropped_by === 'script')
  // Begun anew after it was cut off, it comes to the same.
  expect(await recordInBulk(store, 'run', 'documents', examples(), file)).toEqual(funnel)
  await store.destroy()
})

test('a file that cannot be written ends the step with a sentence', async () => {
  const store = await openRuns()
  const example: Example = { id: 'a', kind: 'document', parents: [], requests: [] }
  const examples = async function* () {
    for (let i = 0; i < 100_000; i++) yield { ...example, id: `a${i}`, text: 'x'.repeat(1000) }
  }
  await expect(recordInBulk(store, 'run', 'documents', examples(), folder)).rejects.toThrow(/cannot be written/)
  await store.destroy()
})

test('English takes its share of the tokens, all along, and some of both is held out', async () => {
  const input = async function* (): AsyncGenerator<Example> {
    for (let i = 0; i < 100; i++)
      yield { id: `d${i}`, kind: 'document', text: story(i), origin: `o${i}`, parents: [], requests: [] }
  }
  const rows = await all(
    bilingualMix({ english: 'shipped', field: 'text', englishShare: 0.25, heldOut: 0.1, heldOutMost: 5 }).run(
      input(),
      context,
    ),
  )
  const words = (kind: string, of = rows) =>
    of.filter((row) => row.kind === kind).reduce((sum, { text = '' }) => sum + text.split(' ').length, 0)
  const share = (of: Example[]) => words('rich-text', of) / (words('rich-text', of) + words('target-text', of))
  expect(share(rows)).toBeCloseTo(0.25, 1)
  expect(share(rows.slice(0, rows.length / 2))).toBeCloseTo(0.25, 1)
  expect(rows.filter(({ kind }) => kind === 'valid/target-text')).toHaveLength(5)
  expect(words('valid/rich-text')).toBeGreaterThan(0)
  expect(rows.find(({ kind }) => kind === 'target-text')).toMatchObject({
    text: story(1),
    parents: ['d1'],
    origin: 'o1',
  })
})
