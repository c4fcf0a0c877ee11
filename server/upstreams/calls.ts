import { z } from 'zod'
import type { ChatOptions, MadeCall } from '../../models/host.ts'
import { asTemplateTool, newCallId, type Tool, type Turn } from '../../models/tools.ts'
import { argumentsIn, toolCall } from '../openai/tool-calls.ts'
import { schemaCheck } from './schema.ts'

/** Calls in one answer at most. */
const mostCalls = 128

const text = z.string().nullish()
const called = z.object({ name: text, arguments: text })

/** What an upstream sends of calls: pieces in a stream, known by their number; wholes elsewhere. */
export const callPieces = z
  .array(
    z.object({
      index: z
        .int()
        .min(0)
        .max(mostCalls - 1)
        .optional(),
      id: text,
      function: called.nullish(),
    }),
  )
  .max(mostCalls)
  .nullish()

type CallPiece = NonNullable<z.output<typeof callPieces>>[number]

/** A turn in OpenAI's shape, in which arguments are a text of JSON. */
export function wireTurn(turn: Turn): object {
  const { role, content } = turn
  if (turn.role === 'tool') return { role, content, tool_call_id: turn.toolCallId }
  if (!turn.toolCalls) return { role, content }
  return { role, content: content === '' ? null : content, tool_calls: turn.toolCalls.map(toolCall) }
}

type Wish = Pick<ChatOptions, 'tools' | 'requiredTools' | 'severalCalls'>

/** What is wished of functions, in OpenAI's parameters. */
export function wireWish({ tools = [], requiredTools, severalCalls = true }: Wish): object {
  if (tools.length === 0) return {}
  const [first, ...others] = requiredTools ?? []
  // One that is alone is required under either name, of which llama-server knows the second only.
  const named = first && others.length === 0 && tools.length > 1
  return {
    tools: tools.map(asTemplateTool),
    tool_choice: named ? { type: 'function', function: { name: first.name } } : requiredTools ? 'required' : 'auto',
    parallel_tool_calls: severalCalls && !requiredTools,
  }
}

/** Puts calls together from their pieces. */
export type CallGatherer = {
  push(pieces: readonly CallPiece[]): void
  /** To be called when nothing more comes. */
  end(): void
}

/**
 * Tells the calls that can be made from what only looks like one: it is no JSON object, or names no function that may be called. That is text, as it is of models that are here.
 *
 * @param options.onCall hears of each call once it is whole.
 */
export function createCallGatherer(
  { tools = [], requiredTools }: Wish,
  { onCall, onText }: { onCall(call: MadeCall): void; onText(text: string): void },
): CallGatherer {
  const fits = new Map((requiredTools ?? tools).map(({ name }) => [name, requiredTools ? checkOf(tools, name) : any]))
  const ids = new Set<string>()
  let begun: { number: number; id: string; name: string; arguments: string } | undefined

  const finish = (): void => {
    if (!begun) return
    const { id, name, arguments: text } = begun
    begun = undefined
    const given = argumentsIn(text)
    if (given && fits.get(name)?.(given)) {
      const own = isId.test(id) && !ids.has(id) ? id : newCallId()
      ids.add(own)
      onCall({ id: own, name, arguments: given })
    } else {
      onText(`{"name": ${JSON.stringify(name)}, "arguments": ${text}}`)
    }
  }
  return {
    push: (pieces) => {
      pieces.forEach(({ index, id, function: of }, nth) => {
        // In an answer that comes as a whole, calls have no numbers.
        const number = index ?? nth
        if (begun?.number !== number) finish()
        begun ??= { number, id: '', name: '', arguments: '' }
        begun.id ||= id ?? ''
        begun.name ||= of?.name ?? ''
        begun.arguments += of?.arguments ?? ''
      })
    },
    end: finish,
  }
}

const isId = /^[\w.:-]{1,256}$/

type Check = (given: MadeCall['arguments']) => boolean

const any: Check = () => true

/** Whether arguments follow a function's schema; of one that cannot be checked, any do. */
function checkOf(tools: readonly Tool[], name: string): Check {
  const { parameters = {} } = tools.find((tool) => tool.name === name) ?? {}
  try {
    const fits = schemaCheck(parameters)
    return (given) => fits(JSON.stringify(given))
  } catch {
    return any
  }
}
