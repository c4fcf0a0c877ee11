import { z } from 'zod'
import { sha256 } from '../../core/hash.ts'
import type { Media, Update, What } from '../platform.ts'

const message = z.object({
  /** The person's number; whoever has a user name in its place is known by an id. */
  from: z.string().optional(),
  from_user_id: z.string().optional(),
  from_parent_user_id: z.string().optional(),
  group_id: z.string().optional(),
  id: z.string(),
  timestamp: z.string(),
  type: z.string(),
  text: z.object({ body: z.string() }).optional(),
  interactive: z
    .object({
      button_reply: z.object({ id: z.string() }).optional(),
      list_reply: z.object({ id: z.string() }).optional(),
    })
    .optional(),
  /** A press of a template's button. */
  button: z.object({ payload: z.string().optional(), text: z.string().optional() }).optional(),
})
const status = z.object({
  id: z.string(),
  status: z.string(),
  biz_opaque_callback_data: z.string().optional(),
  errors: z.array(z.object({ code: z.number() })).optional(),
})
const body = z.object({
  object: z.string(),
  entry: z.array(
    z.object({
      changes: z.array(
        z.object({
          field: z.string(),
          value: z.object({
            metadata: z.object({ phone_number_id: z.string() }).optional(),
            // One that is not as it should be must not keep the others back.
            messages: z.array(z.unknown()).optional(),
            statuses: z.array(z.unknown()).optional(),
          }),
        }),
      ),
    }),
  ),
})

/** What became of a message of ours. */
export type Status = { id: string; key: string | undefined; status: string; error: number | undefined }

/** What a webhook brought: any number of messages and of statuses, of the bot's own number alone. @returns nothing where it is none of WhatsApp's */
export function readNotification(value: unknown, phone: string): { updates: Update[]; statuses: Status[] } | undefined {
  const parsed = body.safeParse(value)
  if (!parsed.success || parsed.data.object !== 'whatsapp_business_account') return undefined
  const updates: Update[] = []
  const statuses: Status[] = []
  for (const { field, value } of parsed.data.entry.flatMap(({ changes }) => changes)) {
    if (field !== 'messages' || value.metadata?.phone_number_id !== phone) continue
    for (const each of value.messages ?? []) {
      const update = updateOf(each)
      if (update) updates.push(update)
    }
    for (const each of value.statuses ?? []) {
      const { data } = status.safeParse(each)
      if (!data) continue
      const { id, status: what, biz_opaque_callback_data: key, errors } = data
      statuses.push({ id, key, status: what, error: errors?.[0]?.code })
    }
  }
  return { updates, statuses }
}

function updateOf(value: unknown): Update | undefined {
  const { data } = message.safeParse(value)
  const what = data && whatIs(data)
  const from = data?.from ?? data?.from_parent_user_id ?? data?.from_user_id
  // Nothing tells whom somebody speaks to in a group.
  if (!data || !what || from === undefined || data.group_id !== undefined) return undefined
  const { id, timestamp } = data
  return {
    // It has the person's number in it, which is not remembered when they want to be forgotten.
    id: sha256(id),
    order: Number(timestamp),
    chat: from,
    group: false,
    person: from,
    at: new Date(Number(timestamp) * 1000).toISOString(),
    message: id,
    what,
  }
}

/** WhatsApp has no commands: what looks like one is one, and `start` with a session's id is what a link of wa.me writes for whoever follows it. */
function whatIs({ type, text, interactive, button }: z.output<typeof message>): What | undefined {
  if (type === 'text' && text) {
    const command = /^\/([a-z_]{1,32})(?:\s+([\s\S]*))?$/i.exec(text.body.trim())
    if (command) return { kind: 'command', name: (command[1] ?? '').toLowerCase(), argument: (command[2] ?? '').trim() }
    return text.body.trim() === '' ? undefined : { kind: 'text', text: text.body.trim() }
  }
  const pressed = interactive?.button_reply?.id ?? interactive?.list_reply?.id ?? button?.payload
  if (pressed !== undefined) return { kind: 'button', data: pressed }
  if (button?.text) return { kind: 'text', text: button.text }
  const media = kinds[type]
  return media && { kind: 'media', media }
}

/** Reactions, system messages and what WhatsApp itself does not support yet are answered with nothing. */
const kinds: Record<string, Media> = {
  audio: 'voice',
  voice: 'voice',
  image: 'picture',
  sticker: 'sticker',
  video: 'file',
  document: 'file',
  location: 'file',
  contacts: 'file',
  order: 'file',
}
