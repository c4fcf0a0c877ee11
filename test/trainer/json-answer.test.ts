import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseJsonAnswer } from '../../trainer/json-answer.ts'

const schema = z.object({ topics: z.array(z.string()) })
const value = { topics: ['auga', 'pan'] }

test.each([
  ['as it is', '{"topics": ["auga", "pan"]}'],
  ['in a fenced block with prose around it', 'Here you are:\n```json\n{"topics": ["auga", "pan"]}\n```\nEnjoy!'],
  ['in the last of two blocks', '```json\n{"topics": 1}\n```\nBetter:\n```json\n{"topics": ["auga", "pan"]}\n```'],
  ['in a fence that was never closed', '```json\n{"topics": ["auga", "pan"]}'],
  ['in the middle of prose', 'The topics are {"topics": ["auga", "pan"]} as you asked.'],
  ['with a trailing comma', '{"topics": ["auga", "pan",],}'],
  ['with single quotes and a comment', "{'topics': ['auga', 'pan']} // done"],
  ['with brackets left open', '{"topics": ["auga", "pan"'],
])('JSON is read %s', (_, text) => {
  expect(parseJsonAnswer(text, schema)).toEqual({ value })
})

test('prose is no JSON, and JSON of another shape says where', () => {
  expect(parseJsonAnswer('I cannot do that.', z.union([schema, z.string()]))).toEqual({ problem: 'it holds no JSON' })
  expect(parseJsonAnswer('{"topics": "auga"}', schema)).toMatchObject({ problem: expect.stringMatching(/topics/) })
})

test('an answer that was cut off is not made up', () => {
  expect(parseJsonAnswer('{"topics": ["auga", "pa', schema, { finished: false })).toMatchObject({
    problem: expect.any(String),
  })
})
