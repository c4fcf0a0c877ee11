import { execFile } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { type MessageFormatElement, TYPE } from '@formatjs/icu-messageformat-parser'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silent } from '../../core/progress.ts'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import { englishMessages, parseMessage, readMessages, saveMessage } from '../../data/messages.ts'
import { interfaceOfRun, translateInterface } from '../../trainer/interface.ts'
import { createStages } from '../../trainer/stages.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'
import { onLoopback } from '../loopback.ts'

const welsh = resolveLanguage('Welsh')
const forms = ['zero', 'one', 'two', 'few', 'many', 'other']

/** What the endpoint was asked: a message's English, and what was said of the last try. */
type Asked = { english: string; complaint?: string | undefined }

/** An endpoint of OpenAI's that translates by saying all words backwards, and goes wrong where a test says so. */
async function startTranslator(wrong: (asked: Asked) => string | undefined = () => undefined) {
  const asked: Asked[] = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] }
    const english = messages[1]?.content.replace(/^.*\n/, '') ?? ''
    const each = { english, complaint: messages[3]?.content }
    asked.push(each)
    const translation = wrong(each) ?? backwards(parseMessage(english))
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 0,
        model: 'scripted',
        choices: [
          { index: 0, message: { role: 'assistant', content: JSON.stringify({ translation }) }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
      }),
    )
  })
  const { url, close } = await onLoopback(server)
  return { url: `${url}/v1`, asked, close }
}

const reversed = (text: string) =>
  text.replaceAll(/\p{L}+/gu, (word, at) => (text[at - 1] === '/' ? word : [...word].reverse().join('')))

/** A message whose words are said backwards, with all plural forms of Welsh. */
function backwards(parts: readonly MessageFormatElement[]): string {
  return parts
    .map((part): string => {
      if (part.type === TYPE.literal) return reversed(part.value).replaceAll("'", "''")
      if (part.type === TYPE.pound) return '#'
      if (part.type === TYPE.number) return `{${part.value}, number}`
      if (part.type !== TYPE.plural) return 'value' in part ? `{${part.value}}` : ''
      const exact = Object.entries(part.options).filter(([form]) => form.startsWith('='))
      const other = part.options.other?.value ?? []
      const said = [
        ...exact.map(([form, { value }]) => [form, value] as const),
        ...forms.map((form) => [form, other] as const),
      ]
      return `{${part.value}, plural, ${said.map(([form, value]) => `${form} {${backwards(value)}}`).join(' ')}}`
    })
    .join('')
}

let folder: string
let store: Store
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-interface-'))
  store = await openStore(path.join(folder, 'endonym.db'))
})
afterEach(async () => {
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
})

function translate(url: string, language = welsh) {
  const teacher = openaiTeacher({ baseURL: url, model: 'scripted', say: () => {} })
  const memory = createMemory(store)
  return translateInterface(language, {
    store,
    memory,
    teacher,
    progress: silent,
    signal: new AbortController().signal,
  })
}

const total = Object.keys(englishMessages()).length

test('all that pages and bots say is translated, marked as a machine’s, and asked for once', async () => {
  const endpoint = await startTranslator()
  const made = await translate(endpoint.url)
  expect(made).toMatchObject({ language: 'cy', translated: total, byPeople: 0, english: [] })
  expect(endpoint.asked).toHaveLength(total)
  const { tag, machine, messages } = await readMessages(store, 'cy', 'rate')
  expect([tag, machine]).toEqual(['cy', true])
  expect(messages['rate.which']).toEqual(parseMessage(reversed('Which one is better?')))
  const given = messages['rate.given']?.find(({ type }) => type === TYPE.plural)
  expect(given?.type === TYPE.plural && Object.keys(given.options)).toEqual(forms)

  expect((await translate(endpoint.url)).translated).toBe(total)
  expect(endpoint.asked).toHaveLength(total)
  await endpoint.close()
})

test('a translation that cannot be used is asked for again with what is wrong; what stays wrong is left English', async () => {
  const english = englishMessages()
  const endpoint = await startTranslator((asked) => {
    // Learns from what it is told.
    if (asked.english === english['rate.given'] && asked.complaint === undefined) return '{given, plural, other {#}}'
    // Never does.
    if (asked.english === english['rate.title']) return `<b>${reversed(asked.english)}</b>`
    return undefined
  })
  const made = await translate(endpoint.url)
  expect(made.translated).toBe(total - 1)
  expect(made.english).toEqual([{ key: 'rate.title', fault: 'it adds marks of HTML' }])
  const complaints = (key: string) =>
    endpoint.asked.filter((asked) => asked.english === english[key]).map(({ complaint }) => complaint)
  expect(complaints('rate.given')).toEqual([
    undefined,
    expect.stringMatching(/^This cannot be used, because its plural of \{given\} lacks the form "zero"/),
  ])
  expect(complaints('rate.title')).toHaveLength(3)
  const { messages } = await readMessages(store, 'cy', 'rate')
  expect(messages['rate.title']).toEqual(parseMessage('Which answer is better?'))
  await endpoint.close()
})

test('what a person worded is neither asked for nor changed', async () => {
  await saveMessage(store, { language: 'cy', key: 'rate.send', text: 'Anfon', source: 'person' })
  const endpoint = await startTranslator()
  const made = await translate(endpoint.url)
  expect([made.translated, made.byPeople]).toEqual([total - 1, 1])
  expect(endpoint.asked).toHaveLength(total - 1)
  expect((await readMessages(store, 'cy', 'rate')).messages['rate.send']).toEqual(parseMessage('Anfon'))
  await endpoint.close()
})

test('a language that ships is not translated over', async () => {
  await expect(translate('http://127.0.0.1:9/v1', resolveLanguage('Galician'))).rejects.toThrow(
    'The interface ships in Galician',
  )
})

test('as a stage of a run it is done once, and its cost stands with the run', async () => {
  const endpoint = await startTranslator()
  const now = new Date().toISOString()
  await store
    .insertInto('runs')
    .values({
      ...{ id: 'cy-run', language: 'cym', recipe: 'kakugo', scale: 'demo', options_json: '{}' },
      ...{ status: 'running', error: null, created_at: now, updated_at: now },
    })
    .execute()
  const memory = createMemory(store)
  const price = { prompt: 1, completion: 2, currency: 'USD' }
  const teacher = openaiTeacher({ baseURL: endpoint.url, model: 'scripted', say: () => {}, price })
  const deps = { store, progress: silent, signal: new AbortController().signal }
  const run = (language = welsh) => ({ deps, memory, stage: createStages(store, 'cy-run', memory), wish: { language } })
  expect(await interfaceOfRun(run(), teacher)).toMatchObject({ language: 'cy', translated: total })
  const [stage] = await store.selectFrom('stages').selectAll().execute()
  expect(stage).toMatchObject({ name: 'interface', status: 'done', asked: total, completion_tokens: 10 * total })
  expect(stage?.spent).toBeCloseTo((total * (100 * 1 + 10 * 2)) / 1e6, 6)
  expect(await interfaceOfRun(run(), teacher)).toMatchObject({ translated: total })
  expect(await interfaceOfRun(run(resolveLanguage('Arabic')), teacher)).toBeUndefined()
  expect(endpoint.asked).toHaveLength(total)
  await endpoint.close()
})

test('the command translates, and lists who worded what', async () => {
  const endpoint = await startTranslator()
  const run = promisify(execFile)
  const command = (...args: string[]) =>
    run(process.execPath, ['cli/endonym.ts', '--home', folder, '--json', 'interface', ...args], {
      env: { ...process.env, OPENAI_API_KEY: 'x' },
    })
  const teacher = ['--teacher', endpoint.url, '--teacher-model', 'scripted']
  const { stdout } = await command('translate', 'Cymraeg', ...teacher)
  expect(JSON.parse(stdout)).toMatchObject({ language: 'cy', translated: total, english: [], asked: total })
  await saveMessage(store, { language: 'cy', key: 'rate.send', text: 'Anfon', source: 'person' })
  const languages = JSON.parse((await command('list')).stdout)
  expect(languages).toContainEqual({ tag: 'cy', name: 'Welsh', ships: false, machine: total - 1, people: 1, of: total })
  await expect(command('translate', 'Cymraeg')).rejects.toThrow(/Say who translates/)
  await endpoint.close()
}, 60_000)
