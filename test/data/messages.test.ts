import { describe, expect, test } from 'vitest'
import { openStore } from '../../data/database.ts'
import { formatMessage } from '../../data/messages/format.js'
import {
  areas,
  argumentsOf,
  englishMessages,
  interfaceLanguages,
  parseMessage,
  readMessages,
  saveMessage,
} from '../../data/messages.ts'

const say = (text: string, values: Record<string, unknown> = {}, tag = 'en') =>
  formatMessage(parseMessage(text), values, tag)

describe('messages of the interface', () => {
  test.each(interfaceLanguages.filter((tag) => tag !== 'en'))(
    '%s says all that English does, with the same values',
    async (tag) => {
      const own = Object.assign(
        {},
        ...(await Promise.all(areas.map((area) => readMessages(undefined, tag, area)))).map(({ messages }) => messages),
      )
      const english = englishMessages()
      expect(Object.keys(own).sort()).toEqual(Object.keys(english).sort())
      for (const [key, text] of Object.entries(english)) {
        expect([key, [...argumentsOf(own[key])].sort()]).toEqual([key, [...argumentsOf(parseMessage(text))].sort()])
      }
    },
  )

  test.each(interfaceLanguages)('%s has every form of its plurals', async (tag) => {
    const { messages } = await readMessages(undefined, tag, ...areas)
    const needed = new Intl.PluralRules(tag).resolvedOptions().pluralCategories
    for (const [key, message] of Object.entries(messages)) {
      for (const part of message) {
        if (!('pluralType' in part)) continue
        const missing = needed.filter((category) => !(category in part.options))
        expect([key, missing]).toEqual([key, []])
      }
    }
  })

  test('are found by any tag of their language, and are English otherwise', async () => {
    expect((await readMessages(undefined, 'es-MX', 'rate')).tag).toBe('es')
    expect(await readMessages(undefined, 'ar', 'rate')).toMatchObject({ tag: 'ar', direction: 'rtl', machine: false })
    expect((await readMessages(undefined, 'zu', 'rate')).tag).toBe('en')
    expect((await readMessages(undefined, '../../x', 'rate')).tag).toBe('en')
  })

  test('a machine may translate them, a person correct them, and not the other way round', async () => {
    const store = await openStore(':memory:')
    const save = (text: string, source: 'machine' | 'person', key = 'rate.send') =>
      saveMessage(store, { language: 'zu', key, text, source })
    await save('Thuma (m)', 'machine')
    await save('Thumela', 'person')
    await save('Thuma', 'machine')
    const { tag, machine, messages } = await readMessages(store, 'zu', 'rate')
    expect([tag, machine, say('x')]).toEqual(['zu', false, 'x'])
    expect(formatMessage(messages['rate.send'] ?? [], {}, 'zu')).toBe('Thumela')
    expect(formatMessage(messages['rate.pass'] ?? [], {}, 'zu')).toBe('Skip this one')
    await expect(save('Vula', 'person', 'rate.early')).rejects.toThrow('needs {when} as English does')
    await expect(save('{when', 'person', 'rate.early')).rejects.toThrow('is no message')
    await expect(save('x', 'person', 'rate.nothing')).rejects.toThrow('no message')
    await store.destroy()
  })
})

describe('values in messages', () => {
  test('arguments, quotes and text as it is', () => {
    expect(say("It''s '{'{name}'}', <b>so</b>", { name: '<i>' })).toBe("It's {<i>}, <b>so</b>")
  })
  test('plurals with exact values, offsets and the language’s own digits', () => {
    const text = '{n, plural, offset:1 =0 {none} =1 {you} one {you and # more} other {you and # more}}'
    expect([0, 1, 2, 5].map((n) => say(text, { n }))).toEqual(['none', 'you', 'you and 1 more', 'you and 4 more'])
    const arabic = '{n, plural, zero {z} one {o} two {t} few {# f} many {# m} other {# x}}'
    expect([0, 1, 2, 3, 11, 100].map((n) => say(arabic, { n }, 'ar-EG'))).toEqual([
      'z',
      'o',
      't',
      '٣ f',
      '١١ m',
      '١٠٠ x',
    ])
  })
  test('choices within choices', () => {
    const text =
      '{who, select, me {{n, plural, one {my vote} other {my # votes}}} other {{n, selectordinal, one {#st} two {#nd} other {#th}} vote}}'
    expect(say(text, { who: 'me', n: 3 })).toBe('my 3 votes')
    expect([1, 2, 4].map((n) => say(text, { who: 'x', n }))).toEqual(['1st vote', '2nd vote', '4th vote'])
  })
  test('numbers and dates', () => {
    expect(say('{x, number}', { x: 1234.5 }, 'es')).toBe(new Intl.NumberFormat('es').format(1234.5))
    expect(say('{x, number, percent}', { x: 0.5 })).toBe('50%')
    expect(say('{d, date, long}', { d: '2026-11-27T12:00:00Z' })).toBe('November 27, 2026')
  })
})
