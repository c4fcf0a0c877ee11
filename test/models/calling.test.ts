import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCallSplitter } from '../../models/calling.ts'
import type { ToolCall } from '../../models/tools.ts'
import { cut } from './pieces.ts'

const forms = {
  hermes: { open: '<tool_call>', close: '</tool_call>' },
  mistral: { open: '[TOOL_CALLS]', close: '' },
  llama: { open: '', close: '' },
}
const names = new Set(['add', 'weather'])
const call = '{"name": "add", "arguments": {"a": 1}}'
const add: ToolCall = { name: 'add', arguments: { a: 1 } }

/** What comes of an answer that arrives in these pieces. */
function split(pieces: readonly string[], form: { open: string; close: string }, begun = false) {
  const found: { text: string; calls: ToolCall[] } = { text: '', calls: [] }
  const whole = pieces.join('')
  const splitter = createCallSplitter({
    form,
    names,
    begun,
    onText: (piece, at) => {
      expect(piece).not.toBe('')
      expect(whole.slice(at, at + piece.length)).toBe(piece)
      found.text += piece
    },
    onCall: (made) => found.calls.push(made),
  })
  for (const piece of pieces) splitter.push(piece)
  splitter.end()
  return found
}

describe('a call is told from the text around it', () => {
  const told: [keyof typeof forms, string, string, ToolCall[]][] = [
    ['hermes', 'Ola!', 'Ola!', []],
    ['hermes', '', '', []],
    ['hermes', '  two spaces ', '  two spaces ', []],
    ['hermes', `<tool_call>\n${call}\n</tool_call>`, '', [add]],
    ['hermes', `<tool_call>${call}`, '', [add]],
    ['hermes', `\n\n<tool_call>\n${call}\n</tool_c`, '', [add]],
    ['hermes', `I add.\n\n<tool_call>\n${call}\n</tool_call>\n\nDone. `, 'I add.Done. ', [add]],
    ['hermes', `<tool_call>${call}</tool_call>\n<tool_call>\n${call}\n</tool_call>`, '', [add, add]],
    ['hermes', `<tool_call>\n[${call}, ${call}]\n</tool_call>`, '', [add, add]],
    ['hermes', '<tool_call>{"name": "weather"}</tool_call>', '', [{ name: 'weather', arguments: {} }]],
    [
      'hermes',
      '<tool_call>{"name": "add", "arguments": {"a": "} \\" </tool_call> \\\\"}}</tool_call>',
      '',
      [{ name: 'add', arguments: { a: '} " </tool_call> \\' } }],
    ],
    ['mistral', `[TOOL_CALLS] [${call}, ${call}]`, '', [add, add]],
    ['mistral', `Well: [TOOL_CALLS]${call}`, 'Well:', [add]],
    ['llama', '{"name": "add", "parameters": {"a": 1}}', '', [add]],
    ['llama', `\n${call}; ${call}`, `; ${call}`, [add]],
    ['llama', `${call}\n${call}`, '', [add, add]],
    ['llama', `I add: ${call}`, `I add: ${call}`, []],
  ]
  test.each(told)('%s: %j', (form, answer, text, calls) => {
    expect(split([answer], forms[form])).toEqual({ text, calls })
    expect(split([...answer], forms[form])).toEqual({ text, calls })
  })
})

describe('what is no call is text to the letter', () => {
  const texts: [keyof typeof forms, string][] = [
    ['hermes', 'The mark is <tool_call> and ends with </tool_call>.'],
    ['hermes', ' \n<tool_call>\n{"name": "subtract", "arguments": {}}\n</tool_call>\n'],
    ['hermes', '<tool_call>{"name": "add", "arguments": "none"}</tool_call>'],
    ['hermes', '<tool_call>{"name": "add", "arguments": [1]}</tool_call>'],
    ['hermes', '<tool_call>{name: add}</tool_call>'],
    ['hermes', '<tool_call>[]</tool_call>'],
    ['hermes', '<tool_call>{"name": "add", "argum'],
    ['hermes', '<tool_c'],
    ['hermes', 'Ola! <'],
    ['mistral', '[TOOL_CALLS] add'],
    ['llama', '{"name": "Ana", "age": 5}'],
    ['llama', ' [1, 2'],
    ['llama', '\n'],
  ]
  test.each(texts)('%s: %j', (form, text) => {
    expect(split([text], forms[form])).toEqual({ text, calls: [] })
    expect(split([...text], forms[form])).toEqual({ text, calls: [] })
  })

  test('a call behind it is one all the same', () => {
    expect(split([`<tool_call>{ <tool_call>${call}</tool_call>`], forms.hermes)).toEqual({
      text: '<tool_call>{',
      calls: [add],
    })
  })
})

test('a prompt may have begun the call', () => {
  expect(split([`${call}\n</tool_call>`], forms.hermes, true)).toEqual({ text: '', calls: [add] })
  expect(split(['Ola!'], forms.hermes, true)).toEqual({ text: 'Ola!', calls: [] })
})

test('however it arrives, it comes to the same, and nothing is lost', () => {
  const word = fc.constantFrom(
    ...['<tool_call>', '</tool_call>', '<tool', '_call>', '[TOOL_CALLS]', '[', ']', '{', '}', '"', '\\', '\n', ' '],
    ...[call, '{"name": "weather"}', '{"name": "none"}', 'a', 'é😀'],
  )
  const form = fc.constantFrom(...Object.values(forms))
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 14 }),
      fc.array(fc.nat(9), { minLength: 1 }),
      form,
      fc.boolean(),
      (parts, lengths, form, begun) => {
        const answer = parts.join('')
        const whole = split([answer], form, begun)
        expect(split(cut(answer, lengths), form, begun)).toEqual(whole)
        if (whole.calls.length === 0) expect(whole.text).toBe(answer)
      },
    ),
    { numRuns: 2000 },
  )
})
