import fs from 'node:fs'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Outcome } from './ask.ts'
import { mischief } from './mischief.ts'
import { wordOf, words } from './words.ts'

/**
 * Chats with a server as many do at once, and does it mischief, as a process of its own. Reads a `Wish` on standard input and writes a `Load` on standard output.
 */
export type Wish = {
  /** OpenAI's API of the server. */
  url: string
  model: string
  /** The same for all. */
  system: string
  chats: number
  /** Tokens of an answer at most. */
  tokens: number
  /** For so long new requests are made, */
  seconds: number
  /** or until this file is there. */
  stopFile?: string
  mischief: boolean
}

export type Load = {
  answered: number
  tokens: number
  /** Answers in which the chat's own word was repeated. */
  repeated: number
  /** Answers in which another chat's word was. */
  foreign: string[]
  /** How often each error came, by status and code; `stream` in place of a status is one that had begun. */
  refused: Record<string, number>
  /** What is promised never to be. */
  unsound: string[]
}

/** Whether no new request is to be made. */
export type Over = () => boolean

/** Counts outcomes, of everybody at once. */
export type Tally = (outcome: Outcome, word?: string) => void

if (import.meta.main) {
  const wish = (await json(process.stdin)) as Wish
  const load: Load = { answered: 0, tokens: 0, repeated: 0, foreign: [], refused: {}, unsound: [] }
  const everyWord = words(wish.chats)
  const tally: Tally = (outcome, word) => {
    if (outcome.kind === 'unsound') load.unsound.push(outcome.why)
    else if (outcome.kind !== 'answered') {
      const name = `${outcome.kind === 'refused' ? outcome.status : 'stream'} ${outcome.code}`
      load.refused[name] = (load.refused[name] ?? 0) + 1
    } else {
      load.answered++
      load.tokens += outcome.tokens
      const said = outcome.text.toLowerCase()
      if (word !== undefined && said.includes(word)) load.repeated++
      const foreign = everyWord.find((other) => other !== word && said.includes(other))
      if (foreign !== undefined) load.foreign.push(`${foreign} in the answer to ${word}: ${outcome.text}`)
    }
  }
  const end = performance.now() + wish.seconds * 1000
  const over = (): boolean => performance.now() >= end || (wish.stopFile !== undefined && fs.existsSync(wish.stopFile))
  const chats = Array.from({ length: wish.chats }, (_, number) => chat(wish, number, over, tally))
  await Promise.all([...chats, ...(wish.mischief ? mischief(wish, over, tally) : [])])
  process.stdout.write(JSON.stringify(load))
}

/** Asks again and again, and waits where it is told to. */
async function chat({ url, model, system, tokens }: Wish, number: number, over: Over, tally: Tally): Promise<void> {
  const word = wordOf(number)
  const { messages } = chatOf(system, word)
  while (!over()) {
    const outcome = await ask(`${url}/chat/completions`, {
      ...{ model, messages, max_tokens: tokens, temperature: 0.3 },
      ...{ stream: true, stream_options: { include_usage: true } },
    })
    tally(outcome, word)
    const seconds = outcome.kind === 'refused' ? outcome.retryAfter : outcome.kind === 'answered' ? 0 : 1
    const rested = performance.now() + (seconds ?? 1) * 1000
    while (performance.now() < rested && !over()) await sleep(Math.min(500, rested - performance.now()))
  }
}

/** What is asked of a model that is to say a word. */
export function chatOf(system: string, word: string) {
  const question = `The password is "${word}". Repeat the password three times, then say what it could mean.`
  return {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: question },
    ],
  }
}
