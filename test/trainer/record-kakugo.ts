/**
 * Makes the recording that ships, `data/recordings/kakugo-glg-demo.jsonl.gz`, anew: to be run whenever a prompt or a setting of the recipe has changed.
 *
 *     node test/trainer/record-kakugo.ts
 *
 * Everything in it that a teacher says was written by hand (`kakugo-by-hand.ts`); English answers are translated by Apertium. It takes some ten seconds.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { openHome } from '../../core/home.ts'
import { silent } from '../../core/progress.ts'
import { openStore } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { openRuntime } from '../../models/llama.ts'
import { makeData, withRun } from '../../trainer/distill.ts'
import { recipeOf, settingsOf } from '../../trainer/recipes.ts'
import { headerOf, recordingOf } from '../../trainer/recording.ts'
import type { Teacher } from '../../trainer/teacher.ts'
import { openTranslator } from '../../trainer/translators.ts'
import { studentFile } from '../model.ts'
import { byHand, type Entry } from './kakugo-by-hand.ts'

const settings = [
  ...['seedTopics=4', 'macroTopics=1', 'topics=1', 'promptsPerTopic=1'],
  ...['broadScenarios=1', 'detailedScenarios=2', 'promptsPerScenario=1'],
  ...['texts=udhr', 'contextTexts=3', 'promptsPerText=1', 'conversations=8', 'followUps=0.4'],
]

/** Whoever wrote the answers, in a teacher's place. @throws Error where something is asked that nobody wrote. */
function writer(): Teacher {
  return {
    name: 'written by hand',
    title: 'a person',
    concurrency: 8,
    complete: async ({ messages }) => {
      const text = reply(messages.map(({ content }) => content))
      const tokens = (of: string) => Math.ceil(Buffer.byteLength(of) / 4)
      return {
        text,
        finishReason: 'stop',
        promptTokens: messages.reduce((sum, { content }) => sum + tokens(content), 0),
        completionTokens: tokens(text),
        seconds: 0,
        price: 0,
      }
    },
    dispose: async () => {},
  }
}

function reply(contents: readonly string[]): string {
  const prompt = contents.at(-1) ?? ''
  const items = (...list: (string | undefined)[]) => {
    if (list.some((each) => !each)) throw new Error(`Nobody wrote an answer to this:\n${prompt}`)
    return `\`\`\`json\n${JSON.stringify({ items: list })}\n\`\`\``
  }
  const [, topic = ''] = /together cover "([^"]+)"/.exec(prompt) ?? []
  if (topic) return items(...(byHand.within[topic] ?? [undefined]))
  if (prompt.startsWith('List the')) {
    return items(...byHand.situations[prompt.includes('people all over the world') ? 'general' : 'speakers'])
  }
  const [, kind = ''] = /this kind of situation: "([^"]+)"/.exec(prompt) ?? []
  if (kind) return items(...(byHand.within[kind] ?? [undefined]))
  const [, about = ''] = /(?:this topic|chat with an assistant): "([^"]+)"/.exec(prompt) ?? []
  if (about) return items(find((entry) => entry.about === about)?.message)
  const quoted = [...prompt.matchAll(/<<<\n([\s\S]*?)\n>>>/g)].map(([, text = '']) => text)
  if (prompt.startsWith('Here is a text'))
    return items(find(({ about: start }) => quoted[0]?.startsWith(start))?.message)
  if (prompt.includes('Rewrite the message')) return items(find(({ message }) => message === quoted[0])?.revised)
  if (prompt.includes('Write the next message')) return items(asked(quoted[0])?.followUp)
  if (prompt.startsWith('A person wrote to an assistant')) return items(thoughtsOn(quoted))
  // A message of a person's: in English, the first or the second one in Galician.
  const english = byHand.english[prompt]
  if (english !== undefined) return english
  const entry = asked(prompt)
  const answer = entry?.answer ?? find(({ followUp }) => followUp === prompt)?.followUpAnswer
  if (!answer) throw new Error(`Nobody wrote an answer to this:\n${prompt}`)
  return answer
}

const find = (which: (entry: Entry) => unknown): Entry | undefined => byHand.entries.find(which)

/** The entry whose message, as it was or revised, a text begins with. */
const asked = (text = ''): Entry | undefined =>
  find(({ message, revised }) => text.startsWith(message) || text.startsWith(revised))

/** Thoughts on a translated question are left to its answer: nobody wrote them one by one. */
function thoughtsOn([message = '', answer = '']: readonly string[]): string {
  const entry = asked(message)
  if (entry) return entry.thoughts
  const second = find(({ followUpAnswer }) => followUpAnswer === answer)
  if (second) return second.followUpThoughts
  return 'A pregunta é clara e a resposta ten que ser curta. Digo primeiro o principal e despois o que axuda a entendelo, con palabras sinxelas.'
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'record-kakugo-'))
const home = openHome(folder)
const store = await openStore(home.database)
const runtime = await openRuntime()
const recipe = recipeOf('kakugo')
const language = resolveLanguage('glg')
const wish = {
  language,
  recipe: recipe.name,
  scale: 'demo' as const,
  options: settingsOf(recipe, 'demo', settings),
  student: studentFile(),
  teacher: 'by hand',
  translator: 'apertium',
}
try {
  const deps = {
    home,
    store,
    runtime,
    recipe,
    rich: resolveLanguage('eng'),
    openTranslator: () => openTranslator('apertium'),
    openTeacher: async () => writer(),
    progress: silent,
    say: (sentence: string) => process.stderr.write(`${sentence}\n`),
    signal: new AbortController().signal,
  }
  const id = 'kakugo-glg-demo'
  const { rows, kinds } = await withRun(wish, id, deps, makeData)
  const header = {
    ...(await headerOf(store, id)),
    about:
      'A small run of Kakugo for Galician, to look at and to test with. No model answered: whatever a teacher says here was written by hand, and the English answers were translated by Apertium.',
  }
  const lines = [JSON.stringify(header)]
  for await (const line of recordingOf(store, id)) lines.push(JSON.stringify({ ...line, seconds: 0 }))
  const file = new URL('../../data/recordings/kakugo-glg-demo.jsonl.gz', import.meta.url)
  fs.writeFileSync(file, zlib.gzipSync(`${lines.join('\n')}\n`, { level: 9 }))
  process.stdout.write(`${lines.length} lines, ${rows} rows: ${JSON.stringify(kinds)}\n`)
} finally {
  await runtime.dispose()
  await store.destroy()
  fs.rmSync(folder, { recursive: true })
}
