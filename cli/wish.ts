import { type Command, InvalidArgumentError } from 'commander'
import { defaultStudent } from '../models/sources.ts'
import { type Scale, scales } from '../trainer/recipe.ts'

/** The options that say who answers (trainer/wish.ts). */
export function teacherOptions(command: Command): Command {
  return command
    .option(
      '--teacher <which>',
      'who answers: the address of an OpenAI-compatible endpoint, local:NAME for a model of the store, or a GGUF file (default: the student itself)',
    )
    .option(
      '--teacher-model <model>',
      'which of its models; the key is taken from the environment: TOGETHER_API_KEY for api.together.xyz and so on, else OPENAI_API_KEY',
    )
    .option('--concurrency <requests>', 'requests to the teacher at once, at most', parseCount)
    .option(
      '--price <prompt,completion>',
      "the teacher's price per million tokens (default: from prices.json in the home, or the shipped price file)",
      parsePrice,
    )
}

/** The options that say what a run is to be (trainer/wish.ts), the same for `plan` and `distill`: a plan is a run's, to the letter. */
export function wishOptions(command: Command): Command {
  command
    .option('--recipe <name>', 'the published method', 'sdrrl')
    .option('--scale <scale>', `size of the run: ${scales.join(', ')}`, parseScale, 'demo')
    .option('--student <address>', 'model to teach: a name, hf:owner/repo, or a GGUF file', defaultStudent.name)
  return teacherOptions(command)
    .option('--translator <which>', 'apertium, teacher, or the address of an APy server', 'apertium')
    .option('--corpus <where>', 'raw text to train on: a folder or file, or hub:owner/name (--recipe polyglot-ko)')
    .option('--set <name=value>', 'override one setting of the recipe; may be repeated', collect, [])
    .option('--limit <rows>', 'rows of each benchmark of the report card at most', parseCount)
    .option('--run <name>', 'name of the run (default: made of the settings)')
}

/** One of the scales. */
export function parseScale(value: string): Scale {
  const scale = scales.find((known) => known === value)
  if (!scale) throw new InvalidArgumentError(`It is one of ${scales.join(', ')}.`)
  return scale
}

function parsePrice(value: string): { prompt: number; completion: number } {
  const [prompt = Number.NaN, completion = Number.NaN] = value.split(',').map(parseAmount)
  if (Number.isNaN(prompt) || Number.isNaN(completion)) throw new InvalidArgumentError('It is two numbers: 0.15,0.60.')
  return { prompt, completion }
}

/** An amount of money. */
export function parseAmount(value: string): number {
  const amount = Number(value)
  if (value.trim() === '' || !Number.isFinite(amount) || amount < 0) throw new InvalidArgumentError('It is a number.')
  return amount
}

/** A whole number from 1 on. */
export function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1 on.')
  return count
}

/** For options that may be repeated. */
export const collect = (value: string, list: string[]) => [...list, value]

/** A port of `--port`; 0 is any free one. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
  return port
}
