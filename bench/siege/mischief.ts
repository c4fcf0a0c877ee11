import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, rawPost } from '../../test/server/sockets.ts'
import { ask, outcomeOf, patience } from './ask.ts'
import { chatOf, type Over, type Tally, type Wish } from './load.ts'

type Mischief = (wish: Wish, tally: Tally) => Promise<void>

/** What clients do that are broken, slow, gone or mean, each so many at once, again and again. */
export function mischief(wish: Wish, over: Over, tally: Tally): Promise<void>[] {
  const each = async (work: Mischief): Promise<void> => {
    while (!over()) {
      await work(wish, tally)
      await sleep(500 * Math.random())
    }
  }
  const all: [Mischief, number][] = [
    [vanish, 8],
    [readSlowly, 4],
    [sendHalf, 4],
    [sendHalfAndWait, 2],
    [sendMuch, 1],
    [mistake, 2],
    [askElse, 2],
  ]
  return all.flatMap(([work, times]) => Array.from({ length: times }, () => each(work)))
}

const chatPath = '/v1/chat/completions'

const streamed = ({ model, system, tokens }: Wish, more: object = {}) => ({
  ...{ model, max_tokens: tokens, ...chatOf(system, 'nothing') },
  ...{ stream: true, stream_options: { include_usage: true }, ...more },
})

/** Asks for a stream and is gone: at once, while it waits, or in the middle. */
const vanish: Mischief = async (wish) => {
  const { socket } = await connect(wish.url, rawPost(chatPath, JSON.stringify(streamed(wish))))
  await sleep(5000 * Math.random() ** 2)
  if (Math.random() < 0.5) socket.destroy()
  else socket.resetAndDestroy()
}

/** Takes a few hundred bytes of its answer at a time. */
const readSlowly: Mischief = async (wish, tally) => {
  const sent = JSON.stringify(streamed(wish))
  tally(
    await send(wish.url, sent, async (response) => {
      const pieces: Buffer[] = []
      let ended = false
      response.once('end', () => {
        ended = true
      })
      while (!ended && !response.destroyed) {
        const piece = response.read(300) ?? response.read()
        if (piece) pieces.push(piece)
        await sleep(100)
      }
      return Buffer.concat(pieces).toString()
    }),
  )
}

/** Is gone before its body has ended. */
const sendHalf: Mischief = async (wish) => {
  const body = JSON.stringify(streamed(wish))
  const half = rawPost(chatPath, body.slice(0, body.length / 2), { 'content-length': body.length })
  const { socket } = await connect(wish.url, half)
  await sleep(2000 * Math.random())
  socket.destroy()
}

/** Does not end its body, and waits for what the server says to that. */
const sendHalfAndWait: Mischief = async (wish, tally) => {
  const { closed } = await connect(wish.url, rawPost(chatPath, '{"model": ', { 'content-length': 1000 }))
  const answer = await closed(120_000).catch((error: Error) => error.message)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
  tally(status === 408 ? outcomeOf(status, new Headers(), body) : { kind: 'unsound', why: `half a body: ${answer}` })
}

/** 100 MB, with a length or without one. */
const sendMuch: Mischief = async (wish, tally) => {
  const headers = Math.random() < 0.5 ? { 'content-length': 100 << 20 } : {}
  const outcome = await send(wish.url, undefined, (response) => textOf(response), headers)
  const refused = outcome.kind === 'refused' && outcome.status === 413
  tally(refused ? outcome : { kind: 'unsound', why: `100 MB: ${JSON.stringify(outcome)}` })
}

/** What is wrong with a request is said by a status under 500; where the model is needed to see it, its process may have ended. */
const mistake: Mischief = async (wish, tally) => {
  const body = streamed(wish, { stream: false, stream_options: undefined })
  const mistakes = [
    { ...body, model: 'no such model' },
    { ...body, messages: [] },
    { ...body, max_tokens: -1 },
    { ...body, temperature: 'hot' },
    { ...body, messages: [{ role: 'user', content: 'word '.repeat(20_000) }] },
    { ...body, messages: [{ role: 'king', content: 'Hi' }] },
    { ...body, logit_bias: { 999999999: 1 } },
  ]
  const outcome = await ask(`${wish.url}/chat/completions`, mistakes[Math.floor(Math.random() * mistakes.length)] ?? {})
  const fine =
    outcome.kind === 'refused' && (outcome.status < 500 || (outcome.status === 503 && outcome.code === 'model_crashed'))
  tally(fine ? outcome : { kind: 'unsound', why: `a mistake: ${JSON.stringify(outcome)}` })
}

/** Embeddings and log-probabilities, some of which nobody waits for. */
const askElse: Mischief = async ({ url, model }, tally) => {
  const text = 'The village lies where a small river meets the sea. '.repeat(8)
  const [address, body] =
    Math.random() < 0.5
      ? ['/embeddings', { model, input: Array.from({ length: 8 }, (_, i) => `${i} ${text}`) }]
      : ['/completions', { model, prompt: text, max_tokens: 1, temperature: 0, logprobs: 1, echo: true }]
  if (Math.random() < 0.5) return tally(await ask(url + address, body))
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(Math.round(1000 * Math.random())),
  }
  await fetch(url + address, init)
    .then((response) => response.text())
    .catch(() => {})
}

/** Posts to the chats; without a body it is 100 MB of nothing. */
function send(
  url: string,
  body: string | undefined,
  read: (response: http.IncomingMessage) => Promise<string>,
  headers: http.OutgoingHttpHeaders = {},
): Promise<ReturnType<typeof outcomeOf>> {
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ kind: 'unsound', why: `no answer: ${error.message}` })
    const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(patience) }
    const request = http.request(new URL(chatPath, url), options, (response) => {
      response.on('error', fail)
      read(response).then(
        (text) => resolve(outcomeOf(response.statusCode ?? 0, headersOf(response), text)),
        (error: Error) => fail(error),
      )
    })
    request.on('error', fail)
    if (body !== undefined) return void request.end(body)
    const piece = Buffer.alloc(1 << 20, 'x')
    const write = (left: number): void => {
      if (left === 0) request.end()
      else if (!request.destroyed) request.write(piece, () => write(left - 1))
    }
    write(100)
  })
}

const headersOf = ({ headers }: http.IncomingMessage): Headers =>
  new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]))

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response.setEncoding('utf8')) text += piece
  return text
}
