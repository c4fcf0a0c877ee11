/** A process that asks a teacher a list of questions as a run does, and writes what it kept: `node ask-worker.ts <endpoint> <folder> <questions>`. */
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { openStore } from '../../../data/database.ts'
import { createMemory } from '../../../data/memory.ts'
import { askEach, questionOf } from '../../../trainer/ask.ts'
import { createExample, type Example } from '../../../trainer/example.ts'
import { keptExamples, recordExamples } from '../../../trainer/examples.ts'
import { parseJsonAnswer } from '../../../trainer/json-answer.ts'
import type { Completion, CompletionRequest } from '../../../trainer/teacher.ts'
import { openaiTeacher } from '../../../trainer/teachers/openai.ts'

const [url = '', folder = '', count = '0'] = process.argv.slice(2)
const store = await openStore(path.join(folder, 'database.sqlite'))
const memory = createMemory(store)
const teacher = openaiTeacher({
  baseURL: url,
  model: 'faulty',
  concurrency: 16,
  price: { prompt: 1, completion: 2 },
  timeLimit: 2,
  waits: { firstWait: 50 },
})
const answerSchema = z.object({ answer: z.string() })
const schema = { name: 'answer', schema: z.toJSONSchema(answerSchema) }

const wanted = Array.from({ length: Number(count) }, (_, nth) => {
  const request: CompletionRequest = {
    messages: [{ role: 'user', content: `pregunta ${nth}` }],
    sampling: { temperature: 0.7, maxTokens: 256, seed: nth },
    draw: 0,
    ...(nth % 3 === 0 && { schema }),
  }
  return { request, key: questionOf(teacher, request) }
})

function judged({ request, key }: (typeof wanted)[number], { text, finishReason }: Completion): Example {
  const read = request.schema ? parseJsonAnswer(text, answerSchema) : { value: { answer: text } }
  const example = createExample({
    kind: 'pair',
    source: [...request.messages],
    completion: [{ role: 'assistant', content: 'value' in read ? read.value.answer : text }],
    requests: [memory.hash(key)],
  })
  if (finishReason !== 'stop') return { ...example, dropped: { by: 'unfinished', reason: finishReason } }
  return 'value' in read ? example : { ...example, dropped: { by: 'json', reason: read.problem } }
}

const run = { id: 'run', language: 'glg', recipe: 'r', scale: 'demo', options_json: '{}', status: 'running' as const }
const now = new Date().toISOString()
await store
  .insertInto('runs')
  .values({ ...run, error: null, created_at: now, updated_at: now })
  .onConflict((conflict) => conflict.doNothing())
  .execute()
const context = { memory, signal: new AbortController().signal }
const counts = await recordExamples(store, 'run', 'answers', askEach(wanted, teacher, context, judged))
const file = fs.openSync(path.join(folder, 'unfinished.jsonl'), 'w')
for await (const { source, completion } of keptExamples(store, 'run', 'answers')) {
  fs.writeSync(file, `${JSON.stringify([...(source ?? []), ...(completion ?? [])])}\n`)
}
fs.closeSync(file)
fs.renameSync(path.join(folder, 'unfinished.jsonl'), path.join(folder, 'data.jsonl'))
console.log(JSON.stringify(counts))
await store.destroy()
