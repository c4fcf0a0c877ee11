import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, student, type TestServer } from './start.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

/** A Python that has the `openai` package; `npm test` sets it up before it starts vitest. */
function python(): string {
  const home = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
  const file = process.env.ENDONYM_TEST_PYTHON ?? path.join(home, 'python', 'bin', 'python')
  if (!fs.existsSync(file)) throw new Error(`There is no Python at ${file}: run "npm run setup -- --tests" first.`)
  return file
}

test('the official Python client chats, streams, cancels, lists models and gets typed errors', async () => {
  const script = path.join(import.meta.dirname, 'client.py')
  const { stdout } = await promisify(execFile)(python(), [script, `${server.url}/v1`, student])
  const seen = JSON.parse(stdout)
  expect(seen).toMatchObject({
    answer: 'The capital of France is Paris.',
    streamed: 'The capital of France is Paris.',
    usage: { completion_tokens: 7 },
    wrong_model: { class: 'NotFoundError', status: 404, code: 'model_not_found', param: 'model' },
    too_long: { class: 'BadRequestError', status: 400, code: 'context_length_exceeded', param: 'messages' },
    torn: { class: 'BadRequestError', status: 400, code: 'invalid_json', param: null },
    wrong_type: { class: 'BadRequestError', status: 400, code: 'invalid_type', param: 'temperature' },
  })
  expect(seen.models).toContain(student)
  expect(seen.streamed_usage).toEqual(seen.usage)
  // It left one story in the middle.
  await server.idle()
  expect(server.log.filter(({ finish_reason }) => finish_reason === 'aborted')).toHaveLength(1)
}, 60_000)
