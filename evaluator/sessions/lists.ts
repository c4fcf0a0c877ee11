import fs from 'node:fs/promises'
import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { readJsonl } from '../folder.ts'
import { type GoldItem, sessionSettings } from './settings.ts'

/**
 * Reads questions: a text with one a line, or JSONL (`.jsonl`) whose rows have `turns`, as MT-Bench's have (https://github.com/lm-sys/FastChat), or `prompt`, as the rows of a run have that were
 * held out.
 *
 * @returns each question with those that follow it
 * @throws EndonymError `prompts_invalid`
 */
export async function readPrompts(file: string): Promise<string[][]> {
  if (!file.endsWith('.jsonl')) {
    const lines = (await fs.readFile(file, 'utf8')).split(/\r?\n/).map((line) => line.trim())
    return check(
      file,
      'prompts',
      lines.filter((line) => line !== '').map((line) => [line]),
    )
  }
  const row = z.union([
    z.object({ turns: z.array(z.string()) }).transform(({ turns }) => turns),
    z.object({ prompt: z.string() }).transform(({ prompt }) => [prompt]),
    z
      .object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })
      .transform(({ messages }) => messages.filter(({ role }) => role === 'user').map(({ content }) => content)),
  ])
  const rows = await readJsonl(file)
  return check(
    file,
    'prompts',
    rows.map((value, i) => {
      const parsed = row.safeParse(value)
      if (parsed.success) return parsed.data
      throw invalid(file, `its row ${i + 1} has neither "turns" nor "prompt" nor "messages"`)
    }),
  )
}

/** Reads gold items, one a row. @throws EndonymError `prompts_invalid` */
export async function readGold(file: string): Promise<GoldItem[]> {
  return check(file, 'gold', await readJsonl(file))
}

function check<K extends 'prompts' | 'gold'>(
  file: string,
  what: K,
  rows: unknown,
): z.output<typeof sessionSettings>[K] {
  const parsed = sessionSettings.shape[what].safeParse(rows)
  if (parsed.success) return parsed.data as z.output<typeof sessionSettings>[K]
  throw invalid(file, z.prettifyError(parsed.error))
}

function invalid(file: string, why: string): EndonymError {
  return new EndonymError('prompts_invalid', `${file} cannot be used: ${why}.`, { exitCode: 2 })
}
