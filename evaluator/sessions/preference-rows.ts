import type { Message } from '../../models/runtime.ts'
import type { Answer, LabelSaid, Look, PairSaid, Preferences, Said } from './preferences.ts'

/**
 * A row of direct preference optimisation (https://arxiv.org/abs/2305.18290), in TRL's conversational format. Of the columns behind `rejected` a trainer takes no notice: they say where the row came from.
 */
export type DpoRow = {
  prompt: Message[]
  chosen: Message[]
  rejected: Message[]
  /** `correction` where a person wrote what was chosen. */
  kind: PairSaid['kind']
  /** The models that wrote them; none where a person did. */
  chosen_model: string | null
  rejected_model: string | null
  /** How many people said so, and how many the opposite. */
  agreed: number
  disagreed: number
  sessions: string[]
  /** Tasks by whose votes the row is made: `question_id` of the other exports. */
  votes: string[]
}

/** A row of Kahneman–Tversky optimisation (https://arxiv.org/abs/2402.01306): an answer, and whether it is wanted. */
export type KtoRow = {
  prompt: Message[]
  completion: Message[]
  label: boolean
  /** What it was told by: `feedback` is of a chat, and in no session. */
  kind: LabelSaid['kind']
  model: string | null
  agreed: number
  disagreed: number
  sessions: string[]
  votes: string[]
}

/** What makes no row, and why. */
export type LeftOut = {
  /** Votes of people who missed the items whose verdict is known. */
  inattentive: number
  /** Pairs whose better answer is in the wrong language or harmful. */
  flagged: number
  /** What as many people said as said the opposite. */
  undecided: number
  /** Pairs of the same words, and answers without any. */
  empty: number
}

export type PreferenceRows<Row> = { rows: Row[]; leftOut: LeftOut }

/**
 * Rows for DPO. The same two answers to the same words are one row, which says what most people said who chose one of them; where they are as many on both sides there is none. An answer that half of its judges or more
 * flagged as in the wrong language or harmful is chosen by no row.
 */
export function dpoRows({ pairs, looks, inattentive }: Preferences): PreferenceRows<DpoRow> {
  const spoiled = spoiledAnswers(looks)
  const leftOut: LeftOut = { inattentive, flagged: 0, undecided: 0, empty: 0 }
  const rows: DpoRow[] = []
  for (const group of Map.groupBy(pairs, pairKey).values()) {
    const [one] = group
    if (!one) continue
    const key = answerKey(one.better)
    const [ours, theirs] = [
      group.filter(({ better }) => answerKey(better) === key),
      group.filter(({ better }) => answerKey(better) !== key),
    ]
    const [most, least] = ours.length > theirs.length ? [ours, theirs] : [theirs, ours]
    const { kind, better, worse } = most[0] ?? one
    const prompt = sharedPrompt(better, worse)
    const [chosen, rejected] = [after(prompt, better), after(prompt, worse)]
    if (isEmpty(better) || isEmpty(worse) || textOf(chosen) === textOf(rejected)) leftOut.empty++
    else if (most.length === least.length) leftOut.undecided++
    else if (spoiled.has(answerKey(better))) leftOut.flagged++
    else {
      const models = { chosen_model: better.model, rejected_model: worse.model }
      const said = { agreed: most.length, disagreed: least.length, ...sourcesOf(group) }
      rows.push({ prompt, chosen, rejected, kind, ...models, ...said })
    }
  }
  return { rows, leftOut }
}

/**
 * Rows for KTO. Whoever chose an answer, found both good, or gave it marks of four and five, wants it; who chose the other, found both bad, or gave it a mark of one or two, does not; a flag for the wrong language or for harm says
 * that it is not wanted, whatever else was said beside. The same answer is one row with what most people said.
 */
export function ktoRows({ labels, inattentive }: Preferences): PreferenceRows<KtoRow> {
  const leftOut: LeftOut = { inattentive, flagged: 0, undecided: 0, empty: 0 }
  const rows: KtoRow[] = []
  for (const group of Map.groupBy(labels, ({ answer }) => answerKey(answer)).values()) {
    const [one] = group
    if (!one) continue
    const wants = group.filter(({ label }) => label).length
    const label = wants * 2 > group.length
    if (isEmpty(one.answer)) leftOut.empty++
    else if (wants * 2 === group.length) leftOut.undecided++
    else {
      const { kind, answer } = group.find((said) => said.label === label) ?? one
      const agreed = label ? wants : group.length - wants
      const said = { agreed, disagreed: group.length - agreed, ...sourcesOf(group) }
      rows.push({ prompt: answer.prompt, completion: answer.completion, label, kind, model: answer.model, ...said })
    }
  }
  return { rows, leftOut }
}

/** What was left out, in a sentence; nothing where all made rows. */
export function leftOutText({ inattentive, flagged, undecided, empty }: LeftOut): string | undefined {
  const parts = [
    inattentive > 0 && `${inattentive} votes of people who missed the items whose verdict is known`,
    flagged > 0 && `${flagged} pairs whose better answer was flagged as in the wrong language or harmful`,
    undecided > 0 && `${undecided} on which as many people said the opposite`,
    empty > 0 && `${empty} of equal or empty answers`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? undefined : `Left out: ${parts.join('; ')}.`
}

/** What both sides begin with. Models that answered an earlier question differently were judged by all that they said after it. */
function sharedPrompt({ prompt: a }: Answer, { prompt: b }: Answer): Message[] {
  const differs = a.findIndex((message, i) => message.content !== b[i]?.content)
  return differs === -1 ? a : a.slice(0, differs)
}

/** All that was said on a side after the shared beginning. */
const after = (prompt: readonly Message[], { prompt: own, completion }: Answer): Message[] => [
  ...own.slice(prompt.length),
  ...completion,
]

/** Answers that half of those who judged them, or more, flagged. */
function spoiledAnswers(looks: readonly Look[]): Set<string> {
  const groups = Map.groupBy(looks, ({ answer }) => answerKey(answer))
  const isMost = (group: readonly Look[]) => group.filter(({ spoiled }) => spoiled).length * 2 >= group.length
  return new Set([...groups].filter(([, group]) => isMost(group)).map(([key]) => key))
}

const textOf = (messages: readonly Message[]): string => messages.map(({ content }) => content.trim()).join('\n')

const isEmpty = ({ completion }: Answer): boolean => textOf(completion) === ''

const answerKey = ({ prompt, completion }: Answer): string => JSON.stringify([prompt, textOf(completion)])

const pairKey = ({ better, worse }: PairSaid): string => JSON.stringify([answerKey(better), answerKey(worse)].sort())

const sourcesOf = (group: readonly Said[]) => ({
  sessions: [...new Set(group.flatMap(({ session }) => session ?? []))],
  votes: [...new Set(group.map(({ id }) => id))],
})
