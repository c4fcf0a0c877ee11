import { expect, test } from 'vitest'
import { logLine } from '../../cli/log-line.ts'
import { createLog } from '../../server/log.ts'

const lines: string[] = []
const log = createLog((line) => lines.push(logLine(line)))
const written = (about: object | string): string => {
  if (typeof about === 'string') log.info(about)
  else log.info(about)
  return lines.at(-1) ?? ''
}
const request = { request: 'abc', method: 'POST', path: '/v1/chat/completions', status: 200, ms: 1234 }

test('a request is a line that reads from left to right', () => {
  const answered = { model: 'gl', prompt_tokens: 12, completion_tokens: 3, finish_reason: 'stop', key: '1f0c22ab' }
  expect(written({ ...request, ...answered })).toMatch(
    /^\d{4}-\S+Z POST \/v1\/chat\/completions 200 1234ms model=gl tokens=12\+3 stop key=1f0c22ab$/,
  )
  expect(written({ ...request, status: 400, code: 'invalid_json' })).toMatch(/ 400 1234ms invalid_json$/)
})

test('a failure says which request it was, and moves no cursor', () => {
  const failed = { ...request, status: 500, code: 'internal_error' }
  expect(written({ ...failed, failure: 'It broke.\r\n\u001b[2Jforged\u009b1A' })).toMatch(
    /500 1234ms internal_error request=abc failed: It broke\. \[2Jforged 1A$/,
  )
  const { stack } = new Error('It broke.')
  expect(written({ ...failed, failure: 'It broke.', stack }).split('\n')[1]).toMatch(/^ {4}at /)
})

test('a sentence is a sentence', () => expect(written('Loading gl.')).toBe('Loading gl.'))
