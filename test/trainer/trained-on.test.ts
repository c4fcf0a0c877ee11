import { expect, test } from 'vitest'
import { openStore } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createExample } from '../../trainer/example.ts'
import { recipeOf } from '../../trainer/recipes.ts'
import { articlesTrainedOn } from '../../trainer/trained-on.ts'

const galician = resolveLanguage('gl')
const now = new Date().toISOString()

/** A store with three students: one of Kakugo's rows, one that learned from the declaration and then from those rows, and one that was made from that in another language. */
async function storeWithStudents() {
  const store = await openStore(':memory:')
  const runs = [
    { id: 'rows', recipe: 'kakugo', language: galician, options: {}, student: 'smollm2' },
    { id: 'text', recipe: 'polyglot-ko', language: galician, options: { sftRun: 'rows' }, student: 'smollm2' },
    { id: 'further', recipe: 'sdrrl', language: resolveLanguage('pt'), options: {}, student: 'galego-text' },
  ]
  for (const { id, recipe, language, options, student } of runs) {
    const settings = { ...recipeOf(recipe).defaults('demo'), ...options }
    await store
      .insertInto('runs')
      .values({
        ...{ id, recipe, language: language.iso3, scale: 'demo', status: 'done', error: null },
        options_json: JSON.stringify({ language, recipe, scale: 'demo', options: settings, student }),
        ...{ created_at: now, updated_at: now },
      })
      .execute()
    await store
      .insertInto('models')
      .values({
        ...{ name: id === 'further' ? 'further' : `galego-${id}`, role: 'student', run: id, language: language.iso3 },
        ...{ sha256: id, bytes: 1, architecture: 'llama', parameters: 1, quantisation: 'Q8_0' },
        ...{ base: student, source: id, created_at: now },
      })
      .execute()
  }
  const texts = [
    { kind: 'udhr/9', dropped_by: null },
    { kind: 'udhr/12', dropped_by: 'too short' },
    { kind: 'text', dropped_by: null },
  ]
  for (const [position, { kind, dropped_by }] of texts.entries()) {
    const example = createExample({ kind, text: `texto ${position}` })
    await store
      .insertInto('examples')
      .values({
        ...{ run: 'rows', step: 'native-texts', position, id: example.id, example_json: JSON.stringify(example) },
        ...{ parents_json: '[]', requests_json: '[]', dropped_by, dropped_reason: null },
      })
      .execute()
  }
  return store
}

test('what a model was trained on is known through the runs and models that it comes from', async () => {
  const store = await storeWithStudents()
  const among = async (models: string[], language = galician) => {
    const trainedOn = await articlesTrainedOn(store, models, language)
    return ['1', '2', '9', '12', 'preamble'].filter(trainedOn)
  }
  expect(await among(['smollm2'])).toEqual([])
  expect(await among(['/some/file.gguf'])).toEqual([])
  expect(await among(['galego-rows'])).toEqual(['9'])
  expect(await among(['galego-text'])).toEqual(['2', '9', '12'])
  expect(await among(['further'])).toEqual(['2', '9', '12'])
  expect(await among(['smollm2', 'galego-rows'])).toEqual(['9'])
  expect(await among(['galego-text'], resolveLanguage('pt'))).toEqual([])
  await store.destroy()
})
