import { z } from 'zod'
import type { TokenizeOptions } from '../../models/host.ts'
import { read } from './answers.ts'
import type { Client } from './client.ts'
import { Fault } from './faults.ts'

/** vLLM says how long a text may be, and no other does. */
const tokenized = z.object({ tokens: z.array(z.int().min(0)), max_model_len: z.unknown().optional() })

const detokenized = z.union([z.object({ content: z.string() }), z.object({ prompt: z.string() })])

/** Token ids of a text by an upstream, asked in the words of llama-server and Endonym, and in those of vLLM. */
export async function askTokens(
  client: Client,
  model: string,
  text: string,
  { begin = false, special = true }: TokenizeOptions,
): Promise<number[]> {
  const body = {
    model,
    content: text,
    add_special: begin,
    parse_special: special,
    prompt: text,
    add_special_tokens: begin,
  }
  const { tokens, max_model_len } = read(await client.json('/tokenize', { body }), tokenized)
  if (!special && max_model_len !== undefined) {
    throw new Fault('lacking', 'it takes control tokens that are spelled as such, always')
  }
  return tokens
}

export async function askText(client: Client, model: string, tokens: readonly number[]): Promise<string> {
  const answer = read(await client.json('/detokenize', { body: { model, tokens } }), detokenized)
  return 'content' in answer ? answer.content : answer.prompt
}
