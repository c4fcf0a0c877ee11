import { once } from 'node:events'
import http from 'node:http'
import { onLoopback } from '../loopback.ts'

/** What a proxy does with a request: hands it on, or one of the things that go wrong. */
export type Fate =
  | 'pass'
  | 'reset'
  /** Hands on the beginning of the answer, and resets the connection. */
  | 'cut'
  /** Hands on the beginning of the answer, and nothing more. */
  | 'stall'
  | 'hang'
  | 'garbage'
  | 'shape'
  | 'endless line'
  | 'endless events'
  /** Nothing but signs of life. */
  | 'comments'
  /** Another protocol from here on. */
  | 'upgrade'
  /** The stream ends in order, but before its answer does. */
  | 'half'
  | { status: number; headers?: Record<string, string>; body?: string }

export type FaultyProxy = {
  url: string
  /** What happens to requests; those that ask for the list of models pass until `checks` says otherwise. */
  fate: Fate
  checks: Fate
  /** Requests but those for the list: their paths, keys and bodies. */
  asked: { path: string; key: string | undefined; body: Record<string, unknown> }[]
  /** How many of them were left by whoever asked before they were answered. */
  left: number
  close(): Promise<void>
}

/** A proxy before a server of OpenAI's API, which spoils answers. */
export async function startProxy(target: string): Promise<FaultyProxy> {
  const server = http.createServer(async (request, response) => {
    const path = request.url ?? ''
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const check = path === '/v1/models'
    if (!check) {
      proxy.asked.push({ path, key: request.headers.authorization, body: text === '' ? {} : JSON.parse(text) })
    }
    const gone = new AbortController()
    response.on('close', () => {
      gone.abort()
      if (!check && !response.writableFinished) proxy.left++
    })
    await meet(check ? proxy.checks : proxy.fate, { path, text, response, signal: gone.signal, target }).catch(() =>
      response.destroy(),
    )
  })
  const proxy: FaultyProxy = { ...(await onLoopback(server)), fate: 'pass', checks: 'pass', asked: [], left: 0 }
  return proxy
}

type Request = { path: string; text: string; response: http.ServerResponse; signal: AbortSignal; target: string }

async function meet(fate: Fate, request: Request): Promise<void> {
  const { response } = request
  const send = (body: string) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body)
  if (typeof fate === 'object') {
    response.writeHead(fate.status, fate.headers).end(fate.body ?? '')
  } else if (fate === 'reset') {
    response.socket?.resetAndDestroy()
  } else if (fate === 'garbage') {
    send('data: {"choices": [{"del\n\ndata: [DONE]\n\n')
  } else if (fate === 'shape') {
    send('data: {"choices": "none", "data": 5}\n\ndata: [DONE]\n\n')
  } else if (fate === 'endless line') {
    await pour(request, 'x'.repeat(1 << 16))
  } else if (fate === 'endless events') {
    await pour(request, 'data: {"choices": []}\n\n'.repeat(2000))
  } else if (fate === 'comments') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    while (!request.signal.aborted) {
      response.write(': still here\n\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } else if (fate === 'upgrade') {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
  } else if (fate !== 'hang') {
    await handOn(fate, request)
  }
}

/** Sends the same for ever, as fast as it is taken. */
async function pour({ response, signal }: Request, piece: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  while (!signal.aborted) {
    if (!response.write(piece)) await once(response, 'drain', { signal })
  }
}

async function handOn(fate: 'pass' | 'cut' | 'stall' | 'half', { path, text, response, signal, target }: Request) {
  const answer = await fetch(target + path, {
    signal,
    ...(text !== '' && { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }),
  })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  let events = 0
  for await (const chunk of answer.body ?? []) {
    response.write(chunk)
    if (fate === 'pass' || ++events < 3) continue
    if (fate === 'stall') return
    // What was written goes out before the connection is reset.
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (fate === 'cut') response.socket?.resetAndDestroy()
    else response.end()
    return
  }
  response.end()
}
