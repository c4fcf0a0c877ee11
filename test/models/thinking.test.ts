import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createThinkingSplitter } from '../../models/thinking.ts'
import { cut } from './pieces.ts'

/** What comes of an answer that arrives in these pieces. */
function split(pieces: readonly string[], prompt = '') {
  const found = { thought: '', text: '' }
  const splitter = createThinkingSplitter({
    prompt,
    onThought: (piece) => {
      expect(piece).not.toBe('')
      found.thought += piece
    },
    onText: (piece) => {
      expect(piece).not.toBe('')
      found.text += piece
    },
  })
  for (const piece of pieces) splitter.push(piece)
  splitter.end()
  return found
}

test.each([
  ['Ola!', { thought: '', text: 'Ola!' }],
  ['', { thought: '', text: '' }],
  ['<think>\nA greeting.\n</think>\n\nOla!', { thought: 'A greeting.', text: 'Ola!' }],
  ['\n<think>\n\n</think>\n\nOla!', { thought: '', text: 'Ola!' }],
  ['[THINK]Hm[/THINK]Ola!', { thought: 'Hm', text: 'Ola!' }],
  ['<thinking>\nHm\n</thinking>\nOla!', { thought: 'Hm', text: 'Ola!' }],
  ['<think>a < b </ thin <</think>Si', { thought: 'a < b </ thin <', text: 'Si' }],
  ['<think>\nA greet', { thought: 'A greet', text: '' }],
  ['<thin', { thought: '', text: '<thin' }],
  ['In HTML <think>x</think> is no tag.', { thought: '', text: 'In HTML <think>x</think> is no tag.' }],
  ['<think>A</think>Ola <think>B</think>', { thought: 'A', text: 'Ola <think>B</think>' }],
  ['  two spaces ', { thought: '', text: '  two spaces ' }],
])('%j', (answer, expected) => {
  expect(split([answer])).toEqual(expected)
  expect(split([...answer])).toEqual(expected)
})

test('a template may have opened the thought', () => {
  const prompt = '<|im_start|>assistant\n<think>\n'
  expect(split(['A greeting.\n</think>\n\nOla!'], prompt)).toEqual({ thought: 'A greeting.', text: 'Ola!' })
  expect(split(['\n\n', '</th', 'ink>', 'Ola!'], prompt)).toEqual({ thought: '', text: 'Ola!' })
})

test('however it arrives, it comes to the same', () => {
  const words = fc.constantFrom(
    '<think>',
    '</think>',
    '<',
    '</',
    'think',
    '>',
    '\n',
    ' ',
    'a',
    'Ola! ',
    '[THINK]',
    'é😀',
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), fc.array(fc.nat(5), { minLength: 1 }), (parts, lengths) => {
      const answer = parts.join('')
      expect(split(cut(answer, lengths))).toEqual(split([answer]))
    }),
    { numRuns: 500 },
  )
})
