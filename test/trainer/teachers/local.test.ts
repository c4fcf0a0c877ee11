import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openHome } from '../../../core/home.ts'
import { silent } from '../../../core/progress.ts'
import { openStore, type Store } from '../../../data/database.ts'
import { openRuntime } from '../../../models/llama.ts'
import type { Runtime } from '../../../models/runtime.ts'
import { parseJsonAnswer } from '../../../trainer/json-answer.ts'
import type { Teacher } from '../../../trainer/teacher.ts'
import { storedTeacher } from '../../../trainer/teachers/stored.ts'
import { studentFile } from '../../model.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'local-teacher-'))
let store: Store
let runtime: Runtime
let teacher: Teacher
beforeAll(async () => {
  const home = openHome(folder)
  store = await openStore(home.database)
  runtime = await openRuntime()
  const signal = new AbortController().signal
  teacher = await storedTeacher(studentFile(), { home, store, runtime, progress: silent, signal })
})
afterAll(async () => {
  await teacher.dispose()
  await runtime.dispose()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

test('a GGUF file teaches in this process, a group at once and for nothing', async () => {
  const requests = ['What is the capital of France?', 'What colour is the sky?'].map((content) => ({
    messages: [{ role: 'user' as const, content }],
    sampling: { temperature: 0, maxTokens: 24 },
    draw: 0,
  }))
  const answers = await teacher.completeAll?.(requests)
  expect(answers?.[0]?.text).toMatch(/Paris/)
  expect(answers?.map(({ price }) => price)).toEqual([0, 0])
  expect(teacher.name).toMatch(/^local:[0-9a-f]{64}$/)
})

test('what is to be JSON of a schema is that, even from a model that cannot write JSON by itself', async () => {
  const schema = z.strictObject({ city: z.string().max(40), country: z.enum(['France', 'Spain']) })
  const { text, finishReason } = await teacher.complete({
    messages: [{ role: 'user', content: 'Name the capital of France and its country, as JSON.' }],
    sampling: { temperature: 0, maxTokens: 120 },
    draw: 0,
    schema: { name: 'capital', schema: z.toJSONSchema(schema) },
  })
  expect(finishReason).toBe('stop')
  expect(parseJsonAnswer(text, schema)).toMatchObject({ value: { country: expect.any(String) } })
})
