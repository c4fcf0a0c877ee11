import { describe, expect, test } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import { pick } from '../../server/choose.ts'
import type { ServedModel } from '../../server/serving.ts'

function model(id: string, role: ServedModel['role'], day: number, more: Partial<ServedModel> = {}): ServedModel {
  const createdAt = `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
  return { id, role, createdAt, parameters: 1, quantisation: 'Q4_1', file: id, adapters: [], ...more }
}

describe('which model a name means', () => {
  const language = resolveLanguage('gl')
  const models = [
    model('base', 'base', 9, { aliases: ['default'] }),
    model('other', 'base', 9),
    model('glg-old', 'student', 1, { language, run: 'a', base: 'other', aliases: ['School', 'default2'] }),
    model('glg@adapter', 'adapter', 3, { language, run: 'b', base: 'base' }),
    model('glg-new', 'student', 2, { language, run: 'b', base: 'base' }),
    model('eus@adapter', 'adapter', 5, { language: resolveLanguage('eu'), base: 'base' }),
    model('gone-student', 'student', 0, { language, base: 'Gone@here' }),
  ]
  test('a name is itself, however it is capitalised', () => {
    for (const name of ['base', 'Base', 'glg-old', 'GLG@adapter'])
      expect(pick(models, name).id).toBe(name.toLowerCase())
  })
  test('an alias is its model', () => {
    for (const name of ['School', 'school', 'default2']) expect(pick(models, name).id).toBe('glg-old')
    expect(pick(models, 'default').id).toBe('base')
  })
  test('a language is its newest student while none is measured: of one run, the merged one', () => {
    for (const name of ['gl', 'glg', 'Galician', ' galego ', 'glg_Latn', 'gallego'])
      expect([name, pick(models, name).id]).toEqual([name, 'glg-new'])
    expect(pick(models, 'Basque').id).toBe('eus@adapter')
  })
  test.each([
    ['gl@base', 'glg-new'],
    ['Galician@base', 'glg-new'],
    ['galego@default', 'glg-new'],
    ['glg @ Base', 'glg-new'],
    ['gl@other', 'glg-old'],
    ['euskara@base', 'eus@adapter'],
    ['gl@gone@here', 'gone-student'],
  ])('%s is the student of that language from that base', (name, id) => expect(pick(models, name).id).toBe(id))
  test('what native speakers prefer goes before what was measured, and what nobody compared is judged by its numbers', () => {
    const bits = (value: number) => ({ bitsPerByte: { value, articles: 31 } })
    const worse = model('worse', 'student', 5, { language, run: 'c', outranked: 1, ...bits(1) })
    const sibling = model('worse-sibling', 'student', 9, { language, run: 'c', ...bits(1.1) })
    const better = model('better', 'student', 1, { language, run: 'd', outranked: 0, ...bits(3) })
    expect(pick([worse, sibling, better], 'gl').id).toBe('better')
    expect(pick([worse, sibling], 'gl').id).toBe('worse')
    const equal = model('equal', 'student', 1, { language, run: 'e', outranked: 0, ...bits(2) })
    expect(pick([worse, sibling, better, equal], 'gl').id).toBe('equal')
    const untried = model('untried', 'student', 9, { language, run: 'f', ...bits(1.5) })
    expect(pick([worse, sibling, better, equal, untried], 'gl').id).toBe('untried')
    const rated = model('rated', 'student', 1, { language, run: 'g', outranked: 0 })
    const unknown = model('unknown', 'student', 9, { language, run: 'h' })
    expect(pick([unknown, rated], 'gl').id).toBe('rated')
  })
  test("a model's own name goes before the language and the base that it spells", () => {
    const named = model('gl@base', 'student', 0, { language, base: 'other' })
    expect(pick([...models, named], 'gl@base')).toBe(named)
    expect(pick([...models, named], 'glg@base').id).toBe('glg-new')
  })
  test('no name is the newest student, else the newest model', () => {
    expect(pick(models).id).toBe('eus@adapter')
    expect(pick(models.slice(0, 1)).id).toBe('base')
    expect(() => pick([])).toThrow(/no model yet.*endonym distill/)
  })
  test('what is not there is refused with what is', () => {
    for (const name of ['Welsh', 'Norwegian', 'gpt-4o', '', 'Kurdish', 'x'.repeat(5000), 'gl@nothing', 'gl@'])
      expect(() => pick(models, name)).toThrow(/There is no model .*there is base, default, other, glg-old/)
    expect(() => pick([], 'gl')).toThrow('There is no model "gl". "endonym distill" makes one')
  })
  test('a slip is answered with what was meant, aliases too', () => {
    expect(() => pick(models, 'glg-odl')).toThrow('Did you mean glg-old or ')
    expect(() => pick(models, 'defualt')).toThrow('Did you mean default')
  })
})
