import { json } from 'node:stream/consumers'
import OpenAI from 'openai'
import { sum } from '../core/sum.ts'

/**
 * Chats with a server as several people do at once, through OpenAI's client: a process of its own, so that it takes no turns from the server's. Reads a `Wish` on standard input and
 * writes a `Load` on standard output.
 */
export type Wish = {
  /** OpenAI's API of the server. */
  url: string
  /** One chat each: what is sent with every request of it. */
  chats: { model: string; [more: string]: unknown }[]
  /** The same for all. */
  system: string
  /** Questions of each chat, one after the other, with the answers between them. */
  turns: number
  /** Tokens of each answer. */
  tokens: number
  /** The token that ends an answer, which is never drawn. */
  end: number
}

export type Load = {
  /** From the first request to the end of the last answer. */
  seconds: number
  completionTokens: number
  /** Milliseconds from a request to the first text of its answer, of all turns. */
  firstText: number[]
}

async function converse({ url, system, turns, tokens, end }: Wish, chat: Wish['chats'][number], number: number) {
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 })
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: system }]
  const done = { completionTokens: 0, firstText: [] as number[] }
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: question(number, turn) })
    const asked = performance.now()
    let text = ''
    const ask = () =>
      client.chat.completions.create({
        messages,
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: tokens,
        temperature: 0,
        logit_bias: { [end]: -100 },
        ...{ repeat_penalty: 1 },
        ...chat,
      })
    // A server may close a connection on which nothing came for some seconds (llama-server does), just when something is sent on it.
    const stream = await ask().catch((error) => {
      if (!(error instanceof OpenAI.APIConnectionError)) throw error
      return ask()
    })
    for await (const { choices, usage } of stream) {
      const piece = choices[0]?.delta.content ?? ''
      if (piece !== '' && text === '') done.firstText.push(performance.now() - asked)
      text += piece
      if (usage) done.completionTokens += usage.completion_tokens
    }
    messages.push({ role: 'assistant', content: text })
  }
  return done
}

const subjects = ['the harbour', 'a market day', 'my grandmother', 'the river in spring', 'a long winter', 'bread']

function question(chat: number, turn: number): string {
  const subject = subjects[(chat + turn) % subjects.length]
  return `Question ${turn + 1} of visitor ${chat + 1}: what can you tell me about ${subject}, and why does it matter to the people of the village?`
}

if (import.meta.main) {
  const wish = (await json(process.stdin)) as Wish
  const started = performance.now()
  const all = await Promise.all(wish.chats.map((chat, number) => converse(wish, chat, number)))
  const load: Load = {
    seconds: (performance.now() - started) / 1000,
    completionTokens: sum(all.map(({ completionTokens }) => completionTokens)),
    firstText: all.flatMap(({ firstText }) => firstText),
  }
  process.stdout.write(JSON.stringify(load))
}
