import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { readLines } from '../../core/files.ts'
import type { Random } from '../../core/random.ts'
import { englishQuestions } from '../../data/questions.ts'

/** An English prompt to start from; with an answer where the file has one. */
export type Seed = { prompt: string; answer?: string; topic?: string }

/** What every teacher is put to alike. */
export type Seeds = {
  english: Seed[]
  /** Prompts in the language; none where each teacher translates the English ones. */
  native: string[]
}

const text = z.string().trim().min(1)
const messages = z.object({ messages: z.array(z.object({ role: z.string(), content: text })).min(1) })
const pair = z.object({ prompt: text, response: text.optional() })

/**
 * Chooses the prompts: the first of `files.english` or, in random order, of the questions that ship; and of `files.native`.
 *
 * @param files.english JSONL of `messages` or of `prompt` (and `response`), or a prompt on each line.
 * @param files.native a prompt in the language on each line.
 * @throws EndonymError `file_unreadable`, `seeds_too_few`
 */
export function chooseSeeds(
  rows: number,
  files: { english?: string | undefined; native?: string | undefined },
  random: Random,
): Seeds {
  const english =
    files.english === undefined
      ? random.shuffle(englishQuestions()).map(({ text, topic }): Seed => ({ prompt: text, topic }))
      : readLines(files.english, 'prompts').map(parseSeed)
  const native = files.native === undefined ? [] : readLines(files.native, 'prompts')
  enough('English prompts', english.length, rows, files.english === undefined ? '--seeds FILE' : undefined)
  if (files.native !== undefined) enough(`prompts in ${files.native}`, native.length, rows, undefined)
  return { english: english.slice(0, rows), native: native.slice(0, rows) }
}

function enough(what: string, have: number, want: number, option: string | undefined): void {
  if (have >= want) return
  throw new EndonymError(
    'seeds_too_few',
    `There are ${have} ${what}, and ${want} are wanted. ${option ? `Bring more with ${option}, or ask` : 'Ask'} for fewer: --set rows=${have}.`,
    { exitCode: 2 },
  )
}

function parseSeed(line: string): Seed {
  if (!line.startsWith('{')) return { prompt: line }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { prompt: line }
  }
  const conversation = messages.safeParse(value)
  if (conversation.success) {
    const of = (role: string) => conversation.data.messages.find((message) => message.role === role)?.content
    const [prompt, answer] = [of('user'), of('assistant')]
    if (prompt !== undefined) return { prompt, ...(answer !== undefined && { answer }) }
  }
  const plain = pair.safeParse(value)
  if (plain.success) {
    const { prompt, response } = plain.data
    return { prompt, ...(response !== undefined && { answer: response }) }
  }
  throw new EndonymError(
    'file_unreadable',
    `A line of the seeds has neither "messages" with a user's nor "prompt": ${line.slice(0, 80)}`,
    { exitCode: 2 },
  )
}
