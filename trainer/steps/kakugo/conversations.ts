import { z } from 'zod'
import { EndonymError } from '../../../core/error.ts'
import { readJsonl } from '../../../evaluator/folder.ts'
import type { Message } from '../../../models/runtime.ts'
import type { StepContext } from '../../step.ts'
import { hubPages } from './hub-pages.ts'

const turn = z.union([
  z.object({ role: z.string(), content: z.string() }),
  z.object({ from: z.string(), value: z.string() }).transform(({ from, value }) => ({ role: from, content: value })),
])
const row = z.union([
  z.object({ messages: z.array(turn) }).transform(({ messages }) => messages),
  z.object({ conversations: z.array(turn) }).transform(({ conversations }) => conversations),
])

const roles: Record<string, Message['role']> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
}

/**
 * English conversations of a data set, in its order: rows with `messages` (role, content) or `conversations` (from, value). System prompts are left out, and so are rows whose turns do not alternate
 * from the person's first to an answer.
 *
 * @param source `owner/name`, `owner/name/configuration` of a hub (split `train`), or a `.jsonl` file.
 * @throws EndonymError `instructions_unusable`, and what the hub throws.
 */
export async function* readConversations(
  source: string,
  limit: number,
  context: Pick<StepContext, 'memory' | 'cache' | 'signal'>,
): AsyncGenerator<Message[]> {
  let found = 0
  for await (const raw of source.endsWith('.jsonl') ? await readJsonl(source) : hubRows(source, limit, context)) {
    const messages = conversationOf(raw)
    if (!messages) continue
    found++
    yield messages
  }
  if (found === 0 && context.cache !== undefined) {
    throw new EndonymError(
      'instructions_unusable',
      `No row of ${source} is a conversation: a row needs "messages" (role, content) or "conversations" (from, value), beginning with the person and ending with an answer. Name another with --set instructions=…`,
      { exitCode: 2 },
    )
  }
}

function conversationOf(raw: unknown): Message[] | undefined {
  const parsed = row.safeParse(raw)
  if (!parsed.success) return undefined
  const messages: Message[] = []
  for (const { role, content } of parsed.data) {
    const known = roles[role]
    if (known === undefined) return undefined
    if (known !== 'system') messages.push({ role: known, content: content.trim() })
  }
  const alternate = messages.every(
    ({ role, content }, place) => content !== '' && role === (place % 2 === 0 ? 'user' : 'assistant'),
  )
  return alternate && messages.length > 0 && messages.length % 2 === 0 ? messages : undefined
}

/** The column is known when the data set has been asked for it. */
async function* hubRows(
  source: string,
  limit: number,
  context: Pick<StepContext, 'memory' | 'cache' | 'signal'>,
): AsyncGenerator<Record<string, unknown>> {
  const [owner, name, config = 'default'] = source.split('/')
  const pages = (column: string) => hubPages({ dataset: `${owner}/${name}`, config, columns: [column], limit }, context)
  let found = 0
  try {
    for await (const page of pages('conversations')) {
      found++
      yield* page
    }
  } catch (error) {
    if (found > 0 || !(error instanceof EndonymError) || error.code !== 'hub_dataset_unreadable') throw error
    for await (const page of pages('messages')) yield* page
  }
}
