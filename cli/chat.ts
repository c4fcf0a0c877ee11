import readline from 'node:readline/promises'
import { EndonymError } from '../core/error.ts'
import { type Generation, type Message, servedSampling } from '../models/runtime.ts'
import { pick } from '../server/choose.ts'
import type { ServedModel, Serving } from '../server/serving.ts'
import type { Context, Register } from './command.ts'
import { withServing } from './serving.ts'

/** `endonym chat`: talk with a model in the terminal. */
const register: Register = (program, action) => {
  program
    .command('chat')
    .description('talk with a model in the terminal')
    .argument(
      '[model]',
      "a model's name or alias, a language (the best student of it) or language@base; default: the newest student",
    )
    .option('--message <text>', 'ask this, print the answer and end')
    .action(
      action(async (context, name: string | undefined, options: { message?: string }) => {
        const { message } = options
        if (message === undefined && context.json) {
          throw new EndonymError('message_missing', '--json prints one answer: say to what with --message TEXT.', {
            exitCode: 2,
          })
        }
        await withServing(context, async (serving) => {
          const model = name === undefined ? pick(await serving.list()) : await serving.find(name)
          if (message === undefined) await converse(context, serving, model)
          else await answerOnce(context, serving, model, message)
        })
      }),
    )
}

export default register

async function answerOnce(context: Context, serving: Serving, model: ServedModel, message: string): Promise<void> {
  const { text, finishReason, promptTokens, completionTokens } = await serving.chat(
    model,
    [{ role: 'user', content: message }],
    { ...servedSampling, signal: context.signal, onText: context.json ? () => {} : write },
  )
  if (finishReason === 'aborted') throw new EndonymError('aborted', 'Stopped before the answer was complete.')
  if (!context.json) return write('\n')
  context.print({ model: model.id, message, answer: text, finishReason, promptTokens, completionTokens }, text)
}

/** Asks and answers until /quit, the end of the input, or Ctrl-C while nothing is being written. */
async function converse(context: Context, serving: Serving, model: ServedModel): Promise<void> {
  const input = readline.createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  })
  const live = process.stdin.isTTY === true
  const who = model.language ? ` (${model.language.endonym ?? model.language.name})` : ''
  context.say(
    `Talking with ${model.id}${who}. /new starts afresh, /quit ends; Ctrl-C stops an answer, and then the program.`,
  )
  let messages: Message[] = []
  let answering: AbortController | undefined
  const interrupt = (): void => {
    if (answering) answering.abort()
    else input.close()
  }
  // A terminal in raw mode hands Ctrl-C to readline; elsewhere it comes as a signal, by way of the context.
  input.on('SIGINT', interrupt)
  const stop = (): void => {
    answering?.abort()
    input.close()
  }
  context.signal.addEventListener('abort', stop)
  let open = true
  input.once('close', () => {
    open = false
  })
  const ask = (): void => {
    if (live && open) input.prompt()
  }
  ask()
  try {
    for await (const line of input) {
      const text = line.trim()
      if (text === '/quit') break
      if (text === '/new') messages = []
      else if (text !== '') {
        const asked: Message[] = [...messages, { role: 'user', content: text }]
        answering = new AbortController()
        const reply = await answer(context, serving, model, asked, answering.signal)
        answering = undefined
        if (reply) messages = [...asked, { role: 'assistant', content: reply.text }]
      }
      if (context.signal.aborted) break
      ask()
    }
  } finally {
    context.signal.removeEventListener('abort', stop)
    input.close()
    if (live) process.stderr.write('\n')
  }
}

/** One answer, written as it comes; undefined where there is none, and the person was told why. */
async function answer(
  context: Context,
  serving: Serving,
  model: ServedModel,
  messages: Message[],
  signal: AbortSignal,
): Promise<Generation | undefined> {
  try {
    const reply = await serving.chat(model, messages, { ...servedSampling, signal, onText: write })
    write('\n')
    if (reply.finishReason === 'length') context.say('(Cut off: it reached the longest answer that is given.)')
    if (reply.finishReason === 'aborted') context.say('(Stopped.)')
    return reply.text === '' ? undefined : reply
  } catch (error) {
    if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
    context.say(`${error.message} /new starts afresh.`)
    return undefined
  }
}

function write(text: string): void {
  process.stdout.write(text)
}
