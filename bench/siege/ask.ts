/** What became of a request: all of these are sound but the last. */
export type Outcome =
  | { kind: 'answered'; text: string; tokens: number }
  /** @see docs/api.md, Errors */
  | { kind: 'refused'; status: number; code: string; retryAfter: number | undefined }
  /** A stream that had begun and was ended by an error. */
  | { kind: 'broken'; code: string }
  | { kind: 'unsound'; why: string }

/** Longer than the server lets an answer take, with the time that it waits. */
export const patience = 620_000

/** Sends a request and holds its answer to what is promised of it. One that does not end is unsound too. */
export async function ask(url: string, body: object): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    })
    return outcomeOf(response.status, response.headers, await response.text())
  } catch (error) {
    return { kind: 'unsound', why: `no answer: ${(error as Error).message} ${(error as Error).cause ?? ''}` }
  }
}

export function outcomeOf(status: number, headers: Headers, body: string): Outcome {
  try {
    if (status !== 200) return refusalOf(status, headers, JSON.parse(body))
    return headers.get('content-type')?.startsWith('text/event-stream') ? readStream(body) : readPlain(JSON.parse(body))
  } catch (error) {
    return { kind: 'unsound', why: `${status}, ${(error as Error).message}: ${JSON.stringify(body.slice(-300))}` }
  }
}

function refusalOf(status: number, headers: Headers, { error }: { error: { code: string; message: string } }): Outcome {
  must(typeof error.code === 'string' && typeof error.message === 'string', 'an error without a code')
  const said = headers.get('retry-after')
  const retryAfter = said === null ? undefined : Number(said)
  if (status === 429 || status === 503) must((retryAfter ?? 0) >= 1, `no Retry-After: ${said}`)
  return { kind: 'refused', status, code: error.code, retryAfter }
}

/** Of a chat, a completion or embeddings. */
function readPlain(answer: {
  choices?: { message?: { content: string }; text?: string; finish_reason: string }[]
  usage: { completion_tokens?: number }
}): Outcome {
  const { choices = [], usage } = answer
  for (const { finish_reason } of choices) must(['stop', 'length'].includes(finish_reason), 'an unknown end')
  const text = choices.map(({ message, text }) => message?.content ?? text ?? '').join('\n')
  return { kind: 'answered', text, tokens: usage.completion_tokens ?? 0 }
}

type Chunk = {
  id?: string
  choices?: { delta: { content?: string }; finish_reason: string | null }[]
  usage?: { completion_tokens: number } | null
  error?: { code: string; message: string }
}

/** One answer as a stream with its usage: each event parses, one has the end, the next one the usage, and `[DONE]` is the last. */
export function readStream(body: string): Outcome {
  const events = body.split('\n\n')
  must(events.pop() === '', 'the last event is cut off')
  must(events.pop() === 'data: [DONE]', 'the last event is not [DONE]')
  const chunks = events.map((event) => {
    must(/^data: [^\n]*$/.test(event), 'an event is not one line of data')
    return JSON.parse(event.slice('data: '.length)) as Chunk
  })
  const last = chunks.pop()
  if (last?.error) {
    must(typeof last.error.message === 'string', 'an error without a message')
    must(!chunks.some(({ error }) => error), 'two errors')
    return { kind: 'broken', code: last.error.code }
  }
  must(last?.usage && last.choices?.length === 0, 'the last event is not the usage')
  must(new Set([last, ...chunks].map(({ id }) => id)).size === 1, 'several ids in one stream')
  const choices = chunks.map(({ choices, usage }) => {
    must(choices?.length === 1 && choices[0] && usage === null, 'an event has not one choice')
    return choices[0]
  })
  must(
    choices.findIndex(({ finish_reason }) => finish_reason !== null) === choices.length - 1,
    'not one end, at the end',
  )
  return {
    kind: 'answered',
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    tokens: last.usage.completion_tokens,
  }
}

function must(condition: unknown, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise)
}
