import crypto from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was parsed, in whatever shape it came. */
type Json = ReturnType<typeof JSON.parse>

export type GraphServer = {
  url: string
  /** Messages that were accepted, in their order. */
  sent: { id: string; to: string; body: Json; at: number }[]
  /** Ids of messages that were marked as read, and those that the typing indicator was shown for. */
  read: string[]
  typing: string[]
  /** Is told of each message that was accepted; the answer to the bot waits for it. */
  accepted: ((message: GraphServer['sent'][number]) => Promise<void>) | undefined
  /** Answers a request to send in another way, as long as it gives one. */
  fault: ((body: Json) => { status: number; code: number } | 'cut' | undefined) | undefined
  /** Words of the messages that somebody got. */
  texts(to?: string): string[]
  close(): Promise<void>
}

export const phone = '106540352242922'
export const token = 'EAAFakeTokenOfATest'
export const appSecret = 'an-app-secret-of-a-test'
export const verifyToken = 'a word of our choice'

/** Stands in for Meta's Graph API, as far as a WhatsApp bot asks it: shapes and errors as in https://developers.facebook.com/docs/whatsapp/cloud-api, written anew. */
export async function startGraphServer(): Promise<GraphServer> {
  let next = 1
  const server = http.createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    const answer = (status: number, body: Json): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const refuse = (status: number, code: number, message = 'refused'): void =>
      answer(status, { error: { message: `(#${code}) ${message}`, type: 'OAuthException', code, fbtrace_id: 'x' } })
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(401, 190, 'Invalid OAuth access token')
    const [, version, id, edge] = new URL(request.url ?? '', 'http://x').pathname.split('/')
    if (!/^v\d+\.0$/.test(version ?? '') || id !== phone) return refuse(400, 100, 'Unsupported request')
    if (request.method === 'GET')
      return answer(200, { display_phone_number: '+34 600 000 000', verified_name: 'Endonym', id: phone })
    if (edge !== 'messages') return refuse(400, 100, 'Unsupported request')
    const body: Json = JSON.parse(text)
    if (body.messaging_product !== 'whatsapp') return refuse(400, 100, 'Invalid parameter')
    if (body.status === 'read') {
      state.read.push(body.message_id)
      if (body.typing_indicator) state.typing.push(body.message_id)
      return answer(200, { success: true })
    }
    const fault = state.fault?.(body)
    if (fault && fault !== 'cut') return refuse(fault.status, fault.code)
    const wrong = wrongWith(body)
    if (wrong) return refuse(400, 100, wrong)
    const message = {
      id: `wamid.${Buffer.from(`${body.to} ${next++}`).toString('base64')}`,
      to: body.to ?? body.recipient,
      body,
      at: performance.now(),
    }
    state.sent.push(message)
    await state.accepted?.(message)
    if (fault === 'cut') return void request.socket.destroy()
    return answer(200, {
      messaging_product: 'whatsapp',
      contacts: [{ input: body.to, wa_id: body.to }],
      messages: [{ id: message.id }],
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const state: GraphServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: [],
    read: [],
    typing: [],
    fault: undefined,
    accepted: undefined,
    texts: (to = '34611111111') =>
      state.sent
        .filter((message) => message.to === to)
        .map(({ body }) => body.text?.body ?? body.interactive?.body.text ?? `template ${body.template?.name}`),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return state
}

/** What Meta would refuse in a message. */
function wrongWith({ type, text, interactive, template, to, recipient }: Json): string | undefined {
  if (!to && !recipient) return 'no recipient'
  if (type === 'text') return text.body.length > 4096 || text.body.trim() === '' ? 'text length' : undefined
  if (type === 'template') return template?.name && template.language?.code ? undefined : 'template'
  if (type !== 'interactive') return 'type'
  if (interactive.body.text.length > 1024 || interactive.body.text === '') return 'body length'
  if (interactive.type === 'button') {
    const titles: string[] = interactive.action.buttons.map(({ reply }: Json) => reply.title)
    const bad =
      titles.length > 3 ||
      new Set(titles).size < titles.length ||
      titles.some((title) => title.length > 20 || title === '')
    return bad ? 'buttons' : undefined
  }
  const rows: Json[] = interactive.action.sections.flatMap(({ rows }: Json) => rows)
  const bad =
    rows.length > 10 ||
    interactive.action.button.length > 20 ||
    rows.some(({ title, description = '' }) => title.length > 24 || title === '' || description.length > 72)
  return bad ? 'list' : undefined
}

let ids = 0

/** A notification as WhatsApp delivers it. */
export function notification(
  messages: Json[],
  { statuses, to = phone }: { statuses?: Json[]; to?: string } = {},
): Json {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '34600000000', phone_number_id: to },
    ...(messages.length > 0 && { contacts: [{ profile: { name: 'Uxía' }, wa_id: '34611111111' }], messages }),
    ...(statuses && { statuses }),
  }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
  }
}

/** A message of somebody; `type` and what belongs to it come in `more`. */
export function messageFrom(text: string, more: Json = {}): Json {
  const timestamp = String(Math.floor(Date.now() / 1000))
  return {
    from: '34611111111',
    id: `wamid.HBgL${String(ids++).padStart(8, '0')}`,
    timestamp,
    type: 'text',
    ...(text && { text: { body: text } }),
    ...more,
  }
}

export const signatureOf = (body: string | Buffer, secret = appSecret): string =>
  `sha256=${crypto.createHmac('sha256', secret).update(body).digest('hex')}`

/** Delivers to a webhook. */
export async function deliver(port: number, body: Json, headers: Record<string, string> = {}): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`http://127.0.0.1:${port}/whatsapp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(text), ...headers },
    body: text,
  })
  await response.arrayBuffer()
  return response.status
}
