/**
 * Asks the endpoint as a step of a recipe does: every answer is in the database before it is handed on.
 *
 * node bench/teachers/ours.ts URL REQUESTS CONCURRENCY FOLDER → {"seconds": …, "answers": …}
 */
import path from 'node:path'
import { openStore } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import { askEach, questionOf } from '../../trainer/ask.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'

const [url = '', requests = '0', concurrency = '1', folder = ''] = process.argv.slice(2)
const store = await openStore(path.join(folder, 'endonym.db'))
const teacher = openaiTeacher({ baseURL: url, model: 'teacher', concurrency: Number(concurrency) })

async function* wanted() {
  for (let i = 0; i < Number(requests); i++) {
    const request = {
      messages: [{ role: 'user' as const, content: `Question ${i}: why does water boil?` }],
      sampling: { temperature: 1, maxTokens: 2048 },
      draw: 0,
    }
    yield { request, key: questionOf(teacher, request) }
  }
}

const started = performance.now()
let answers = 0
const context = { memory: createMemory(store), signal: new AbortController().signal }
for await (const text of askEach(wanted(), teacher, context, (_, completion) => completion.text)) if (text) answers++
const seconds = (performance.now() - started) / 1000
await store.destroy()
console.log(JSON.stringify({ seconds, answers }))
