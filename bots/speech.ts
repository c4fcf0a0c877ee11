import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser'
import { formatMessage } from '../data/messages/format.js'
import { readMessages } from '../data/messages.ts'
import type { Api } from './api.ts'

/** The bot's words in one language. */
export type Voice = {
  tag: string
  /** A message by its key, `bot.hello`. */
  say(key: string, values?: Record<string, string | number>): string
}

/** Words are asked for again after this time, for people correct them. */
const fresh = 10 * 60_000

/**
 * What the bot says, in the language of whoever it talks to: the words of the server, which has those that a teacher translated or people corrected, else those that ship.
 *
 * @returns speaks a language by its BCP-47 tag; English where there is no other
 */
export function createSpeech(api: Pick<Api, 'messages'>): (tag: string) => Promise<Voice> {
  const known = new Map<string, { voice: Promise<Voice>; until: number }>()
  const load = async (tag: string): Promise<Voice> => {
    const own = await readMessages(undefined, tag, 'bot', 'rate', 'chat')
    const theirs = await api.messages(tag).catch(() => undefined)
    // A server of another version may lack some.
    const better = theirs && (theirs.tag !== 'en' || own.tag === 'en')
    const messages = { ...own.messages, ...(better && theirs.messages) }
    const chosen = better ? theirs.tag : own.tag
    const isolate = (value: string | number) => (typeof value === 'string' ? `\u2068${value}\u2069` : value)
    return {
      tag: chosen,
      say: (key, values = {}) =>
        formatMessage(
          (messages[key] ?? []) as readonly MessageFormatElement[],
          // A name in another script must not turn the sentence around it: Unicode's isolates hold it.
          Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isolate(value)])),
          chosen,
        ),
    }
  }
  return (tag) => {
    const now = known.get(tag)
    if (now && Date.now() < now.until) return now.voice
    const voice = load(tag)
    known.set(tag, { voice, until: Date.now() + fresh })
    voice.catch(() => known.delete(tag))
    return voice
  }
}
