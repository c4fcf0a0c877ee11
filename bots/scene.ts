import { EndonymError, messageOf } from '../core/error.ts'
import type { Answer } from './answering.ts'
import type { Api, SpokenLanguage } from './api.ts'
import type { Comparing } from './comparing.ts'
import type { Judging } from './judging.ts'
import type { Update } from './platform.ts'
import type { Privacy } from './privacy.ts'
import type { Reply } from './reply.ts'
import type { Voice } from './speech.ts'
import { type Chat, type Mode, type Person, saveChat } from './store.ts'

/** Commands, in the order in which help lists them; each has its words as `bot.command-…`. */
export const commands = ['language', 'new', 'compare', 'rate', 'correct', 'privacy', 'forget', 'help'] as const

/** What concerns one person is done with them alone: in a group anybody may press a button. */
const onlyPrivate = new Set(['compare', 'rate', 'correct', 'forget', 'start'])

export type SceneDeps = {
  api: Api
  answer: Answer
  comparing: Comparing
  judging: Judging
  privacy: Privacy
  stopped: AbortSignal
  log(line: string): void
}

/** What somebody did, and all that is known when it is answered. */
export type Moment = {
  update: Update
  seq: number
  chat: Chat
  person: Person
  reply: Reply
  /** The bot's words in a language, else in one that the person is likely to read. */
  voiceOf(tag: string): Promise<Voice>
  /** Shows that something is being written, until what it returns is called. */
  typing(): () => void
}

/** What the bot does when somebody writes: asks for consent, for a language, and then answers by the language's model, or does what a command says. */
export function createScene({ api, answer, comparing, judging, privacy, stopped, log }: SceneDeps) {
  const setMode = ({ chat, reply }: Moment, mode: Mode, language = chat.language): void =>
    reply.change((store) => saveChat(store, { ...chat, mode, ...(language !== undefined && { language }) }))

  const askLanguage = async (moment: Moment, languages: readonly SpokenLanguage[], key: string): Promise<void> => {
    const buttons = languages
      .slice(0, 9)
      .map(({ tag, endonym, name }) => ({ label: endonym ?? name, data: `lang:${tag}` }))
    moment.reply.say(key, {}, buttons)
    setMode(moment, { kind: 'naming' })
  }
  const taught = async (): Promise<SpokenLanguage[]> => (await api.languages('')).filter(({ models }) => models > 0)

  const choose = async (moment: Moment, { tag, endonym, name }: SpokenLanguage): Promise<void> => {
    const { chat, reply, update } = moment
    const voice = await moment.voiceOf(tag)
    setMode(moment, { kind: 'chat' }, tag)
    // A model of another language would go on in the one that it finds.
    reply.change(async (store) => void (await store.deleteFrom('turns').where('chat', '=', chat.id).execute()))
    reply.speak(voice)
    reply.say(update.group ? 'bot.chosen-group' : 'bot.chosen', { language: endonym ?? name })
  }

  const named = async (moment: Moment, name: string): Promise<void> => {
    const found = await api.languages(name)
    const ready = found.filter(({ models }) => models > 0)
    const wanted = name.trim().toLowerCase()
    const isNamed = ({ tag, name, endonym }: SpokenLanguage) =>
      [tag, name, endonym].some((known) => known?.toLowerCase() === wanted)
    const exact = found.find(isNamed)
    const [first] = ready
    if (exact && exact.models > 0) return choose(moment, exact)
    if (first && ready.length === 1 && !exact) return choose(moment, first)
    if (ready.length > 0 && !exact) return askLanguage(moment, ready, 'bot.which-language')
    const others = await taught()
    if (exact) moment.reply.say('bot.language-without', { language: exact.endonym ?? exact.name })
    else moment.reply.say('bot.language-unknown')
    return askLanguage(moment, others, others.length > 0 ? 'bot.languages-there' : 'bot.languages-none')
  }

  /** What comes after consent. */
  const begin = async (moment: Moment): Promise<void> => {
    const { chat, reply } = moment
    if (chat.mode.kind === 'invited') return comparing.invite(moment, chat.mode.session)
    if (chat.language !== undefined) return reply.say('bot.go-on')
    const languages = await taught()
    const [only] = languages
    if (only && languages.length === 1) return choose(moment, only)
    return askLanguage(moment, languages, languages.length > 0 ? 'bot.which-language' : 'bot.languages-none')
  }

  const command = async (moment: Moment, name: string, argument: string): Promise<void> => {
    const { reply, chat, update } = moment
    if (update.group && onlyPrivate.has(name)) return reply.say('bot.only-private')
    switch (name) {
      case 'start':
        if (argument !== '') return comparing.invite(moment, argument)
        return begin(moment)
      case 'language':
        if (argument !== '') return named(moment, argument)
        return askLanguage(moment, await taught(), 'bot.which-language')
      case 'new':
        setMode(moment, { kind: 'chat' })
        reply.change(async (store) => void (await store.deleteFrom('turns').where('chat', '=', chat.id).execute()))
        return reply.say('bot.new')
      case 'compare':
        return comparing.start(moment)
      case 'rate':
        return judging.rate(moment)
      case 'correct':
        return judging.correct(moment, argument)
      case 'privacy':
        return privacy.tell(moment)
      case 'forget':
        return privacy.askForget(moment)
      default:
        return help(moment)
    }
  }
  const help = ({ reply }: Moment): void => {
    const { voice } = reply
    const lines = commands.map((name) => `/${name} – ${voice.say(`bot.command-${name}`)}`)
    reply.text([voice.say('bot.help'), '', ...lines].join('\n'))
  }

  const pressed = async (moment: Moment, data: string): Promise<void> => {
    const { reply, chat } = moment
    const [what = '', ...rest] = data.split(':')
    const [first = '', second = '', third = ''] = rest
    switch (what) {
      case 'lang': {
        const language = (await api.languages(first)).find(({ tag, models }) => tag === first && models > 0)
        if (language) return choose(moment, language)
        return reply.say('bot.language-unknown')
      }
      case 'join':
        return comparing.join(moment, first, second, third)
      case 'vote':
        return comparing.vote(moment, first, second)
      case 'mark':
        return comparing.mark(moment, first, second, third)
      case 'pass':
        return comparing.pass(moment, first)
      case 'next':
        return comparing.next(moment, first)
      case 'thumb':
      case 'flag':
        return judging.mark(moment, what, first, second)
      case 'forget':
        return privacy.forget(moment)
      case 'keep':
        return reply.say('bot.kept')
      default:
        return chat.language === undefined ? begin(moment) : help(moment)
    }
  }

  const agree = (moment: Moment): void => {
    const { id, secret } = moment.person
    moment.reply.change(async (store) => {
      const consented_at = moment.update.at
      await store
        .insertInto('people')
        .values({ id, secret, consented_at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ consented_at }))
        .execute()
    })
  }

  /** Of somebody who has not agreed to anything, nothing is done but what needs nothing kept. */
  const stranger = async (moment: Moment): Promise<void> => {
    const { what, group } = moment.update
    if (what.kind === 'button' && what.data === 'agree') {
      agree(moment)
      if (group) return moment.reply.say('bot.go-on')
      return begin(moment)
    }
    if (what.kind === 'command' && what.name === 'privacy') privacy.tell(moment)
    if (what.kind === 'command' && what.name === 'help') help(moment)
    if (what.kind === 'command' && what.name === 'start' && what.argument !== '' && !group) {
      setMode(moment, { kind: 'invited', session: what.argument })
    }
    moment.reply.say('bot.consent', {}, [{ label: moment.reply.voice.say('bot.agree'), data: 'agree' }])
  }

  /** Says what an update is answered with. */
  return async (moment: Moment): Promise<void> => {
    const { update, chat, reply, person } = moment
    const { what } = update
    try {
      if (what.kind === 'gone' || what.kind === 'moved') return
      if (!person.consented) return await stranger(moment)
      if (what.kind === 'media') return reply.say(`bot.no-${what.media}`)
      if (what.kind === 'button') return await pressed(moment, what.data)
      if (what.kind === 'command') return await command(moment, what.name, what.argument)
      // It came before its writer had agreed, so its words were not kept.
      if (what.text === '') return reply.say('bot.go-on')
      if (chat.mode.kind === 'naming') return await named(moment, what.text)
      if (chat.mode.kind === 'correcting') return await judging.correction(moment, chat.mode.turn, what.text)
      if (chat.mode.kind === 'asking') return await comparing.asked(moment, chat.mode.session, what.text)
      if (chat.language === undefined) return await named(moment, what.text)
      return await answer(moment, chat.language, what.text)
    } catch (error) {
      const code = error instanceof EndonymError ? error.code : 'defect'
      if (stopped.aborted || ofPlatform.has(code)) throw error
      const key = sayable[code]
      if (key === undefined || loud.has(code))
        log(
          `An update was not answered: ${code === 'defect' && error instanceof Error ? error.stack : messageOf(error)}`,
        )
      reply.say(key ?? 'shared.failed')
    }
  }
}

/** What a chat's own end is about, which nobody is left to be told of. */
const ofPlatform = new Set(['chat_gone', 'account_deleted', 'chat_moved', 'platform_refused', 'window_closed'])

/** What people are told of an error, by its code; of others only that it did not work. */
const sayable: Record<string, string> = {
  server_unreachable: 'bot.unreachable',
  invalid_api_key: 'bot.unreachable',
  insufficient_permissions: 'bot.unreachable',
  server_busy: 'bot.busy',
  rate_limit_exceeded: 'bot.busy',
  busy: 'bot.busy',
  server_stopping: 'bot.busy',
  model_crashed: 'bot.busy',
  upstream_failed: 'bot.unreachable',
  model_not_found: 'bot.no-model',
  no_models: 'bot.no-model',
  context_length_exceeded: 'rate.too-long',
  request_too_large: 'rate.too-long',
  too_long: 'rate.too-long',
  failed: 'rate.no-answer',
  nothing_to_compare: 'bot.compare-none',
  session_not_found: 'bot.session-unknown',
  session_closed: 'rate.closed',
  vote_differs: 'bot.judged-before',
  task_passed: 'bot.judged-before',
  task_closed: 'bot.judged-before',
  task_not_found: 'bot.judged-before',
}

/** Of these, whoever runs the bot wants to know. */
const loud = new Set([
  'server_unreachable',
  'invalid_api_key',
  'insufficient_permissions',
  'upstream_failed',
  'model_not_found',
  'no_models',
])
