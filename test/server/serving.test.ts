import { describe, expect, test } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import { pick, type ServedModel } from '../../server/serving.ts'

function model(id: string, role: ServedModel['role'], day: number, more: Partial<ServedModel> = {}): ServedModel {
  const createdAt = `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
  return { id, role, createdAt, parameters: 1, quantisation: 'Q4_1', file: id, adapters: [], ...more }
}

describe('which model a name means', () => {
  const language = resolveLanguage('gl')
  const models = [
    model('base', 'base', 9),
    model('glg-old', 'student', 1, { language, run: 'a' }),
    model('glg@base', 'adapter', 3, { language, run: 'b' }),
    model('glg-new', 'student', 2, { language, run: 'b' }),
    model('eus@base', 'adapter', 5, { language: resolveLanguage('eu') }),
  ]
  test('a name is itself, however it is capitalised', () => {
    for (const name of ['base', 'Base', 'glg-old', 'GLG@base']) expect(pick(models, name).id).toBe(name.toLowerCase())
  })
  test('a language is its newest student: of one run, the merged one', () => {
    for (const name of ['gl', 'glg', 'Galician', ' galego ', 'glg_Latn', 'gallego'])
      expect([name, pick(models, name).id]).toEqual([name, 'glg-new'])
    expect(pick(models, 'Basque').id).toBe('eus@base')
  })
  test('no name is the newest student, else the newest model', () => {
    expect(pick(models).id).toBe('eus@base')
    expect(pick(models.slice(0, 1)).id).toBe('base')
    expect(() => pick([])).toThrow(/no model yet.*endonym distill/)
  })
  test('what is not there is refused with what is', () => {
    for (const name of ['Welsh', 'Norwegian', 'gpt-4o', '', 'Kurdish', 'x'.repeat(5000)])
      expect(() => pick(models, name)).toThrow(/There is no model .*there is base, glg-old/)
    expect(() => pick([], 'gl')).toThrow('There is no model "gl". "endonym distill" makes one')
  })
})
