import { EndonymError } from '../core/error.ts'
import type { Api, Credentials, Task } from './api.ts'
import type { Moment } from './scene.ts'
import { type BotStore, saveChat } from './store.ts'

const verdicts = ['left', 'right', 'both_good', 'both_bad'] as const
const scales = ['fluency', 'helpfulness', 'correctness'] as const
const proficiencies = ['native', 'fluent', 'learning'] as const

/** Varieties of a language that are offered: a list in WhatsApp has ten rows. */
const mostDialects = 9

export type Comparing = {
  /** `/compare`: two of the language's models answer a question. */
  start(moment: Moment): Promise<void>
  /** Somebody came by the link of a session. */
  invite(moment: Moment, session: string): Promise<void>
  /** They agreed to its text, then said how well they know the language, and which variety they speak, where it has some. */
  join(moment: Moment, session: string, proficiency: string, dialect: string): Promise<void>
  /** A question for two models. */
  asked(moment: Moment, session: string, question: string): Promise<void>
  vote(moment: Moment, shown: string, verdict: string): Promise<void>
  /** A mark on one of the scales of a single answer; the vote is cast with the last one. */
  mark(moment: Moment, shown: string, scale: string, mark: string): Promise<void>
  pass(moment: Moment, shown: string): Promise<void>
  /** The next task of a session. */
  next(moment: Moment, session: string): Promise<void>
}

type Rater = Credentials & { name: string; language: string; standing: number }

/** Preference sessions in a chat: what is judged here is judged as on the web's page, by the same HTTP requests. See docs/sessions.md. */
export function createComparing({
  store,
  api,
  stopped,
}: {
  store: BotStore
  api: Api
  stopped: AbortSignal
}): Comparing {
  const raterOf = async (person: string, session: string): Promise<Rater | undefined> =>
    store
      .selectFrom('raters')
      .selectAll()
      .where('person', '=', person)
      .where('session', '=', session)
      .executeTakeFirst()

  /** Kept at once and not with the reply: a rater who is lost would count as another one. */
  const keep = async (person: string, rater: Rater): Promise<void> => {
    await store
      .insertInto('raters')
      .values({ person, ...rater })
      .onConflict((conflict) => conflict.columns(['person', 'session']).doUpdateSet({ token: rater.token }))
      .execute()
  }
  const setMode = ({ chat, reply }: Moment, mode: typeof chat.mode): void =>
    reply.change((store) => saveChat(store, { ...chat, mode }))

  const nextOf = async (moment: Moment, rater: Rater): Promise<void> => {
    const { reply } = moment
    const found = await api.task(rater)
    setMode(moment, { kind: 'chat' })
    if (found.done) {
      const key = `rate.done-${found.reason}`
      return reply.say(reply.voice.say(key) === '' ? 'rate.done-yours' : key)
    }
    if (found.task.free && found.task.questions.length === 0) {
      setMode(moment, { kind: 'asking', session: rater.session })
      return rater.standing ? reply.say('bot.compare-ask') : reply.say('rate.ask', { language: rater.language })
    }
    return show(moment, rater, found.task, undefined)
  }

  /** Shows a task's questions with their answers, and what it is judged by. */
  const show = async (moment: Moment, rater: Rater, task: Task, question: string | undefined): Promise<void> => {
    const { reply, person } = moment
    const { voice } = reply
    const tag = (await api.face(rater.session)).language.tag
    const answers = (left: string, right: string | null): void => {
      const shown =
        right === null
          ? [['rate.answer', left]]
          : [
              ['rate.answer-left', left],
              ['rate.answer-right', right],
            ]
      for (const [label = '', text = ''] of shown) {
        reply.text(`${voice.say(label)}\n\n${text.trim() || voice.say('rate.empty-answer')}`, { tag, answer: true })
      }
    }
    const asked = question === undefined ? task.questions : [question]
    // What was answered before an interruption is shown again; the last answers come with what shows that they were seen.
    const before = question === undefined ? task.turns.slice(0, asked.length - 1) : []
    for (const turn of before) {
      reply.text(`❓ ${turn.question}`, { tag })
      answers(turn.left, turn.right)
    }
    const typing = moment.typing()
    try {
      let receipts = { left: '', right: null as string | null }
      for (const text of asked.slice(before.length)) {
        const said = await api.turn(rater, task.id, question, stopped)
        if (question === undefined) reply.text(`❓ ${text}`, { tag })
        answers(said.left, said.right)
        receipts = said.receipts
      }
      const said = { receipts_json: JSON.stringify(receipts), shown_at: new Date().toISOString() }
      const { seq } = await store
        .insertInto('tasks')
        .values({
          person: person.id,
          session: rater.session,
          task: task.id,
          kind: task.kind,
          scales_json: '{}',
          ...said,
        })
        .onConflict((conflict) => conflict.column('task').doUpdateSet(said))
        .returning('seq')
        .executeTakeFirstOrThrow()
      if (task.kind === 'rating') return askMark(moment, seq, {})
      reply.say('rate.which', {}, [
        ...verdicts.map((verdict) => ({ label: voice.say(`rate.${verdict}`), data: `vote:${seq}:${verdict}` })),
        { label: voice.say('rate.pass'), data: `pass:${seq}` },
      ])
    } finally {
      typing()
    }
  }

  /** Asks for the first mark that is missing. */
  const askMark = ({ reply }: Moment, seq: number, marks: Record<string, number>): void => {
    const { voice } = reply
    const scale = scales.find((scale) => marks[scale] === undefined)
    if (!scale) return
    const text = [
      voice.say(`rate.${scale}`),
      `1 – ${voice.say(`rate.${scale}-1`)}`,
      `5 – ${voice.say(`rate.${scale}-5`)}`,
    ]
    reply.text(text.join('\n'), {
      buttons: [1, 2, 3, 4, 5].map((mark) => ({ label: String(mark), data: `mark:${seq}:${scale}:${mark}` })),
    })
  }

  const shownOf = async ({ person }: Moment, seq: string) => {
    const row = await store
      .selectFrom('tasks')
      .selectAll()
      .where('seq', '=', Number(seq))
      .where('person', '=', person.id)
      .executeTakeFirst()
    const rater = row && (await raterOf(person.id, row.session))
    if (row && rater) return { row, rater }
    throw new EndonymError('task_closed', 'This was judged before.')
  }

  const cast = async (moment: Moment, seq: string, judged: Record<string, unknown>): Promise<void> => {
    const { update, reply } = moment
    const { row, rater } = await shownOf(moment, seq)
    const seconds = Math.max(0, (Date.parse(update.at) - Date.parse(row.shown_at)) / 1000)
    await api.vote(rater, row.task, {
      ...judged,
      receipts: JSON.parse(row.receipts_json),
      seconds,
      judgedAt: update.at,
    })
    reply.change(async (store) => void (await store.deleteFrom('tasks').where('seq', '=', row.seq).execute()))
    reply.say('bot.voted')
    if (rater.standing)
      return reply.say('bot.compare-more', {}, [
        { label: reply.voice.say('bot.compare-again'), data: `next:${rater.session}` },
      ])
    return nextOf(moment, rater)
  }

  const start = async (moment: Moment, again = false): Promise<void> => {
    const { chat, person, reply } = moment
    if (chat.language === undefined) return reply.say('bot.language-first')
    const known = await store
      .selectFrom('raters')
      .selectAll()
      .where('person', '=', person.id)
      .where('language', '=', chat.language)
      .where('standing', '=', 1)
      .executeTakeFirst()
    if (known) {
      try {
        return await nextOf(moment, known)
      } catch (error) {
        // The session was deleted, and a new one is there.
        if (again || !(error instanceof EndonymError) || !unknown.has(error.code)) throw error
        await store.deleteFrom('raters').where('session', '=', known.session).where('person', '=', person.id).execute()
        return start(moment, true)
      }
    }
    const joined = await api.compare(chat.language)
    const rater = { ...joined, name: '', language: chat.language, standing: 1 }
    await keep(person.id, rater)
    return nextOf(moment, rater)
  }

  return {
    start,
    invite: async (moment, session) => {
      const { reply, person } = moment
      const face = await api.face(session)
      setMode(moment, { kind: 'chat' })
      if (face.state === 'early') return reply.say('bot.session-early')
      if (face.state === 'closed') return reply.say('rate.closed')
      const known = await raterOf(person.id, session)
      if (known) return nextOf(moment, known)
      const { voice } = reply
      const language = face.language.endonym ?? face.language.name
      const what = face.free ? 'rate.what-free' : 'bot.session-what'
      reply.text(
        [
          voice.say('rate.welcome', { language }),
          voice.say(what),
          voice.say('rate.consent-title'),
          face.consent ?? voice.say('bot.session-consent'),
        ].join('\n\n'),
        { buttons: [{ label: voice.say('rate.begin'), data: `join:${session}` }] },
      )
    },
    join: async (moment, session, proficiency, dialect) => {
      const { reply, person } = moment
      const { language, consentHash, name, dialects } = await api.face(session)
      const known = await raterOf(person.id, session)
      if (known) return nextOf(moment, known)
      if (!proficiencies.some((one) => one === proficiency)) {
        const { voice } = reply
        return reply.say(
          'rate.proficiency',
          { language: language.endonym ?? language.name },
          proficiencies.map((one) => ({ label: voice.say(`rate.${one}`), data: `join:${session}:${one}` })),
        )
      }
      if (dialects.length > 0 && dialect === '') {
        const said = (label: string, which: string) => ({ label, data: `join:${session}:${proficiency}:${which}` })
        const known = dialects.slice(0, mostDialects).map((label, i) => said(label, String(i)))
        return reply.say('rate.dialect', {}, [...known, said(reply.voice.say('rate.unsaid'), '-')])
      }
      const variety = dialects[Number.parseInt(dialect, 10)]
      const joined = await api.join(session, {
        consentHash,
        proficiency,
        ...(variety !== undefined && { dialect: variety }),
      })
      const rater = { ...joined, name, language: language.endonym ?? language.name, standing: 0 }
      await keep(person.id, rater)
      return nextOf(moment, rater)
    },
    asked: async (moment, session, question) => {
      const { person } = moment
      const rater = await raterOf(person.id, session)
      setMode(moment, { kind: 'chat' })
      if (!rater) throw new EndonymError('session_not_found', 'Nobody has joined this session here.')
      let found = await api.task(rater)
      const last = found.done ? undefined : found.task.turns.at(-1)
      if (!found.done && last && last.question !== question) {
        // Two answers that were never judged are let be: this is a question of its own.
        await api.pass(rater, found.task.id)
        found = await api.task(rater)
      }
      if (found.done || !found.task.free) return nextOf(moment, rater)
      return show(moment, rater, found.task, question.slice(0, 8000))
    },
    vote: (moment, shown, verdict) => cast(moment, shown, { verdict }),
    mark: async (moment, shown, scale, mark) => {
      const { row } = await shownOf(moment, shown)
      const marks = { ...JSON.parse(row.scales_json), [scale]: Number(mark) }
      if (scales.every((scale) => marks[scale] !== undefined)) return cast(moment, shown, { scales: marks })
      moment.reply.change(async (store) => {
        await store
          .updateTable('tasks')
          .set({ scales_json: JSON.stringify(marks) })
          .where('seq', '=', row.seq)
          .execute()
      })
      askMark(moment, row.seq, marks)
    },
    pass: async (moment, shown) => {
      const { row, rater } = await shownOf(moment, shown)
      await api.pass(rater, row.task)
      moment.reply.change(async (store) => void (await store.deleteFrom('tasks').where('seq', '=', row.seq).execute()))
      if (rater.standing) return moment.reply.say('bot.passed')
      return nextOf(moment, rater)
    },
    next: async (moment, session) => {
      const rater = await raterOf(moment.person.id, session)
      if (!rater) throw new EndonymError('session_not_found', 'Nobody has joined this session here.')
      return nextOf(moment, rater)
    },
  }
}

const unknown = new Set(['rater_unknown', 'session_not_found'])
