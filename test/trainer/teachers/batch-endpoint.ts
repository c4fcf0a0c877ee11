import http from 'node:http'
import { onLoopback } from '../../loopback.ts'

type Line = { custom_id: string; body: { messages: { content: string }[] } }
type Batch = { id: string; input: string; lines: Line[]; status: string; output?: string }

/**
 * The wire format of OpenAI's batch API, or Together's, and of the chat completions beside it. A batch stands still until `finish` says what became of it.
 */
export async function startBatchEndpoint({ together = false } = {}) {
  const files = new Map<string, string>()
  const batches = new Map<string, Batch>()
  const state = { asked: 0, made: 0, paid: 0 }

  const completion = (question: string) => ({
    id: `chatcmpl-${++state.paid}`,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: `Resposta a ${question}` }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1000, completion_tokens: 1000 },
  })
  const show = ({ id, input, status, output }: Batch) => ({
    id,
    input_file_id: input,
    status: together ? status.toUpperCase() : status,
    ...(output && { output_file_id: output }),
    ...(status === 'failed' &&
      (together ? { error: 'no such model' } : { errors: { data: [{ message: 'no such model' }] } })),
  })

  const routes: Record<string, (body: Buffer, id: string, type: string) => unknown> = {
    'POST /chat/completions': (body) => {
      state.asked++
      return completion((JSON.parse(body.toString()) as Line['body']).messages.at(-1)?.content ?? '')
    },
    [together ? 'POST /files/upload' : 'POST /files']: async (body, _, type) => {
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
      if (form.get('purpose') !== (together ? 'batch-api' : 'batch')) throw new Error('purpose')
      const id = `file-${files.size}`
      files.set(id, await (form.get('file') as File).text())
      return { id }
    },
    'GET /files': (_, id) => files.get(id),
    'POST /batches': (body) => {
      const { input_file_id: input } = JSON.parse(body.toString()) as { input_file_id: string }
      const lines = (files.get(input) ?? '').trim().split('\n')
      const batch = {
        id: `batch-${++state.made}`,
        input,
        status: 'in_progress',
        lines: lines.map((line) => JSON.parse(line) as Line),
      }
      batches.set(batch.id, batch)
      return together ? { job: show(batch) } : show(batch)
    },
    'GET /batches': (_, id) => {
      const batch = batches.get(id)
      if (batch) return show(batch)
      const all = [...batches.values()].map(show)
      return together ? all : { object: 'list', data: all }
    },
  }
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { pathname } = new URL(request.url ?? '', 'http://host')
    const [, , first = '', second = ''] = pathname.split('/')
    const exact = routes[`${request.method} /${first}/${second}`]
    const route = exact ?? routes[`${request.method} /${first}`]
    const answer = await route?.(Buffer.concat(chunks), second, request.headers['content-type'] ?? '')
    response.statusCode = answer === undefined ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { error: { message: 'not found' } }))
  })
  const { url, close } = await onLoopback(server)
  return {
    url: `${url}/v1`,
    state,
    batches,
    /** Ends a batch: `answered` of its requests have an answer, the next has an error, the rest was not reached. */
    finish: (id: string, status: string, answered: number) => {
      const batch = batches.get(id)
      if (!batch) throw new Error(`no batch ${id}`)
      batch.status = status
      const lines = batch.lines.slice(0, answered + 1).map(({ custom_id, body }, nth) => ({
        custom_id,
        response:
          nth < answered
            ? { status_code: 200, body: completion(body.messages.at(-1)?.content ?? '') }
            : { status_code: 500, body: { error: { message: 'broken' } } },
      }))
      if (answered === 0) return
      batch.output = `file-out-${id}`
      // Answers come in any order.
      files.set(
        batch.output,
        `${lines
          .reverse()
          .map((line) => JSON.stringify(line))
          .join('\n')}\n`,
      )
    },
    close,
  }
}
