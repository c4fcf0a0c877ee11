import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { type Home, openHome } from '../../core/home.ts'
import { silent } from '../../core/progress.ts'
import { createRandom } from '../../core/random.ts'
import type { Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import type { RunWish } from '../../trainer/distill.ts'
import { following, keptExamples, recordExamples } from '../../trainer/examples.ts'
import type { Scale } from '../../trainer/recipe.ts'
import { recipeOf, settingsOf } from '../../trainer/recipes.ts'
import { createStages } from '../../trainer/stages.ts'
import type { Teacher } from '../../trainer/teacher.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'
import type { Translator } from '../../trainer/translator.ts'
import { onLoopback } from '../loopback.ts'

export const galician = resolveLanguage('Galician')
export const english = resolveLanguage('English')

/** What a teacher's endpoint is asked, counted; the answers depend on the question alone. */
export type Endpoint = { url: string; asked: number; close(): Promise<void> }

/** A server of OpenAI's chat completions: every seventh answer is cut off, every fifth carries an address. */
export async function startEndpoint(): Promise<Endpoint> {
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const question = (JSON.parse(body) as { messages: { content: string }[] }).messages.at(-1)?.content ?? ''
    endpoint.asked++
    const cut = question.length % 7 === 0
    const content = `The water of the river is cold today, and this is what people say: ${question}${question.length % 5 === 0 ? ' See https://example.org' : ''}`
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 0,
        model: 'scripted',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: cut ? 'length' : 'stop' }],
        usage: { prompt_tokens: 40, completion_tokens: 300, total_tokens: 340 },
      }),
    )
  })
  const { url, close } = await onLoopback(server)
  const endpoint: Endpoint = {
    url: `${url}/v1`,
    asked: 0,
    close,
  }
  return endpoint
}

export const price = { prompt: 1, completion: 10 }

export const teacherAt = (url: string): Teacher => openaiTeacher({ baseURL: url, model: 'scripted', price })

/** Settings of a recipe's that make a run of it that takes a second. */
const tiny: Record<string, readonly string[]> = {
  sdrrl: ['questions=24', 'sentences=12', 'tokens=600'],
  kakugo: ['texts=udhr', 'conversations=40', 'translateBy=teacher'],
}

export function wishFor(
  endpoint: { url: string },
  set: readonly string[] = [],
  scale: Scale = 'demo',
  recipe = 'sdrrl',
): RunWish {
  return {
    language: galician,
    recipe,
    scale,
    options: settingsOf(recipeOf(recipe), scale, [...(tiny[recipe] ?? []), ...set]),
    student: 'smollm2-135m-instruct',
    teacher: `${endpoint.url}:scripted`,
    translator: 'apertium',
  }
}

/** The data of a run, made by the real steps, stages and memory; tokens are counted as words, because no model is loaded. */
export async function runData(
  { home, store }: { home: Home; store: Store },
  id: string,
  wish: RunWish,
  { teacher, translator }: { teacher: Teacher; translator: Translator },
): Promise<void> {
  const now = () => new Date().toISOString()
  await store
    .insertInto('runs')
    .values({
      id,
      language: wish.language.iso3,
      recipe: wish.recipe,
      scale: wish.scale,
      options_json: JSON.stringify(wish),
      status: 'running',
      error: null,
      created_at: now(),
      updated_at: now(),
    })
    .execute()
  const memory = createMemory(store)
  const stage = createStages(store, id, memory)
  const context = {
    language: wish.language,
    rich: english,
    random: createRandom(`${wish.recipe} ${wish.options.seed}`),
    memory,
    teacher: async () => teacher,
    translator: async () => translator,
    countTokens: async (of: readonly { content: string }[] | string) =>
      (typeof of === 'string' ? [{ content: of }] : of).reduce(
        (sum, { content }) => sum + content.split(' ').length,
        0,
      ),
    progress: silent,
    note: () => {},
    signal: new AbortController().signal,
  }
  const funnel: unknown[] = []
  let previous: string[] = []
  for (const step of recipeOf(wish.recipe).steps(wish.options, wish.language)) {
    const input = following((step.from ?? previous).map((name) => keptExamples(store, id, name)))
    const counts = await stage(step.name, () => recordExamples(store, id, step.name, step.run(input, context)))
    funnel.push({ step: step.name, title: step.title, ...counts })
    previous = [step.name]
  }
  await stage('data', async () => ({ train: '', valid: '', rows: 0, kinds: {}, funnel }))
  fs.mkdirSync(path.join(home.runs, id), { recursive: true })
  fs.writeFileSync(path.join(home.runs, id, 'train.jsonl'), '{}\n')
  await store.updateTable('runs').set({ status: 'done', updated_at: now() }).where('id', '=', id).execute()
}

export const homeIn = (folder: string, name = 'home'): Home => openHome(path.join(folder, name))
