import type { Judgement } from './judgements.ts'
import type { Session } from './sessions.ts'
import { counts, type Task } from './tasks.ts'
import type { Side } from './turns.ts'

type Message = { role: 'user' | 'assistant'; content: string }

/**
 * A battle in the columns of LMArena's published conversations (lmarena-ai/arena-human-preference-55k and -100k), with what its raters said beside. People who took back what they gave are in none.
 */
export type BattleRow = {
  question_id: string
  model_a: string
  model_b: string
  winner: 'model_a' | 'model_b' | 'tie' | 'tie (bothbad)'
  /** The rater's pseudonym. */
  judge: string
  conversation_a: Message[]
  conversation_b: Message[]
  /** Questions that were asked. */
  turn: number
  anony: true
  /** English name, as LMArena has it. */
  language: string
  /** Seconds since 1970, by the server's clock. */
  tstamp: number
  flags_a: string[]
  flags_b: string[]
  comment: string | null
  correction_a: string | null
  correction_b: string | null
  proficiency: string | null
  dialect: string | null
  age_band: string | null
  channel: string
  seconds: number | null
}

const winners = { left: 'model_a', right: 'model_b', both_good: 'tie', both_bad: 'tie (bothbad)' } as const

/** The battles of a session: `model_a` was on the left. Gold items and what was repeated are left out. */
export function battleRows({ language }: Session, judgements: readonly Judgement[]): BattleRow[] {
  return judgements.flatMap(({ task, vote, rater, receivedAt }): BattleRow[] => {
    const { left, right } = task.models
    if (!counts(task) || right === undefined || vote.verdict === undefined) return []
    return [
      {
        question_id: task.id,
        model_a: left,
        model_b: right,
        winner: winners[vote.verdict],
        judge: rater.id,
        conversation_a: conversationOn(task, 'left'),
        conversation_b: conversationOn(task, 'right'),
        turn: task.turns.length,
        anony: true,
        language: language.name,
        tstamp: Date.parse(receivedAt) / 1000,
        flags_a: vote.flags.left,
        flags_b: vote.flags.right,
        comment: vote.comment ?? null,
        correction_a: vote.corrections.left ?? null,
        correction_b: vote.corrections.right ?? null,
        proficiency: rater.proficiency,
        dialect: rater.dialect,
        age_band: rater.ageBand,
        channel: rater.channel,
        seconds: vote.seconds ?? null,
      },
    ]
  })
}

/** Single answers with their marks, in the same columns as far as there are such. */
export function ratingRows({ language }: Session, judgements: readonly Judgement[]) {
  return judgements.flatMap(({ task, vote, rater, receivedAt }) => {
    if (!counts(task) || task.kind !== 'rating' || !vote.scales) return []
    return [
      {
        question_id: task.id,
        model: task.models.left,
        ...vote.scales,
        judge: rater.id,
        conversation: conversationOn(task, 'left'),
        turn: task.turns.length,
        language: language.name,
        tstamp: Date.parse(receivedAt) / 1000,
        flags: vote.flags.left,
        comment: vote.comment ?? null,
        correction: vote.corrections.left ?? null,
        proficiency: rater.proficiency,
        dialect: rater.dialect,
        age_band: rater.ageBand,
        channel: rater.channel,
        seconds: vote.seconds ?? null,
      },
    ]
  })
}

/** What was said on one side of the screen. */
export function conversationOn({ turns }: Pick<Task, 'turns'>, side: Side): Message[] {
  return turns.flatMap((turn): Message[] => [
    { role: 'user', content: turn.question },
    { role: 'assistant', content: turn[side] ?? '' },
  ])
}

/** A JSON text a line. */
export const toJsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** RFC 4180, with lists as JSON. What a spreadsheet would take for a formula has an apostrophe before it: raters are strangers. */
export function toCsv(rows: readonly object[]): string {
  const [first] = rows
  if (!first) return ''
  const lines = [Object.keys(first), ...rows.map((row) => Object.values(row))]
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

function csvCell(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
