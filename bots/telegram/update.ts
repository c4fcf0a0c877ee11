import type { Message, MessageEntity, Update as TelegramUpdate, User } from 'grammy/types'
import type { Media, Update, What } from '../platform.ts'

/** What of Telegram's updates a bot needs to get. */
export const allowedUpdates = ['message', 'callback_query', 'my_chat_member'] as const

type Me = { id: number; username: string }

/** An update of Telegram as every platform's; none where it is not for the bot: other bots, channels, and groups in which nobody speaks to it. */
export function readUpdate(update: TelegramUpdate, me: Me): Update | undefined {
  const { update_id, message, callback_query: query, my_chat_member: member } = update
  const common = { id: String(update_id), order: update_id, at: new Date().toISOString() }
  if (message) {
    const { chat, from, message_id, date } = message
    const what = message.migrate_to_chat_id === undefined ? whatIs(message, me) : moved(message.migrate_to_chat_id)
    if (!what || !from || (from.is_bot && what.kind !== 'moved')) return undefined
    const at = new Date(date * 1000).toISOString()
    return { ...common, at, ...whereOf(chat), ...whoIs(from), message: String(message_id), what }
  }
  if (query?.data !== undefined && query.message && query.message.chat.type !== 'channel') {
    const { data, message, from, id } = query
    const replied = String(message.message_id)
    return {
      ...common,
      ...whereOf(message.chat),
      ...whoIs(from),
      message: replied,
      query: id,
      what: { kind: 'button', data },
    }
  }
  if (member && ['kicked', 'left'].includes(member.new_chat_member.status) && member.chat.type !== 'channel') {
    return { ...common, ...whereOf(member.chat), ...whoIs(member.from), what: { kind: 'gone' } }
  }
  return undefined
}

const moved = (to: number): What => ({ kind: 'moved', to: String(to) })
const whereOf = ({ id, type }: { id: number; type: string }) => ({ chat: String(id), group: type !== 'private' })
const whoIs = ({ id, language_code }: User) => ({
  person: String(id),
  ...(language_code !== undefined && { locale: language_code }),
})

function whatIs(message: Message, me: Me): What | undefined {
  const { text, caption, entities, caption_entities, chat, reply_to_message } = message
  const said = text ?? caption ?? ''
  const named = mentionOf(said, entities ?? caption_entities ?? [], me)
  const command = text === undefined ? undefined : /^\/([a-z_]{1,32})(?:@(\w+))?(?:\s+([\s\S]*))?$/i.exec(text)
  if (command) {
    const [, name = '', to, argument = ''] = command
    const isMine = to === undefined ? chat.type === 'private' : to.toLowerCase() === me.username.toLowerCase()
    return isMine ? { kind: 'command', name: name.toLowerCase(), argument: argument.trim() } : undefined
  }
  const isReply = reply_to_message?.from?.id === me.id
  if (chat.type !== 'private' && !isReply && !named) return undefined
  const media = mediaOf(message)
  if (media) return { kind: 'media', media }
  if (text === undefined) return undefined
  const words = named ? `${text.slice(0, named.offset)}${text.slice(named.offset + named.length)}`.trim() : text.trim()
  return words === '' ? { kind: 'command', name: 'help', argument: '' } : { kind: 'text', text: words }
}

/** Where a message names the bot. */
function mentionOf(text: string, entities: readonly MessageEntity[], me: Me): MessageEntity | undefined {
  return entities.find((entity) => {
    if (entity.type === 'text_mention') return entity.user.id === me.id
    const named = text.slice(entity.offset, entity.offset + entity.length)
    return entity.type === 'mention' && named.toLowerCase() === `@${me.username.toLowerCase()}`
  })
}

/** What a message is that is no text; service messages (somebody came, a title was changed) are nothing. */
function mediaOf(message: Message): Media | undefined {
  if (message.voice ?? message.audio ?? message.video_note) return 'voice'
  if (message.photo) return 'picture'
  if (message.sticker ?? message.animation) return 'sticker'
  const others = [
    'document',
    'video',
    'location',
    'venue',
    'contact',
    'poll',
    'dice',
    'story',
    'game',
    'paid_media',
    'checklist',
  ]
  return others.some((kind) => kind in message) ? 'file' : undefined
}
