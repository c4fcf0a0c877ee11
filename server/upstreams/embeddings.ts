import { z } from 'zod'
import type { Embedded } from '../../models/host.ts'
import { read } from './answers.ts'
import type { Client } from './client.ts'
import { Fault } from './faults.ts'

const answer = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.union([z.base64(), z.array(z.number())]) })),
  usage: z.object({ prompt_tokens: z.int().min(0) }),
})

/** Vectors of texts by an upstream, brought to length 1, as those that are computed here are. */
export async function askEmbeddings(
  client: Client,
  model: string,
  texts: readonly (string | readonly number[])[],
  options: { signal?: AbortSignal },
): Promise<Embedded> {
  const body = { model, input: texts, encoding_format: 'base64' }
  const { data, usage } = read(await client.json('/v1/embeddings', { body, ...options }), answer)
  const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => normalized(vectorOf(embedding)))
  const [first] = vectors
  const whole =
    vectors.length === texts.length &&
    vectors.every(({ length }) => length > 0 && length === first?.length) &&
    data.every(({ index }) => index < texts.length) &&
    new Set(data.map(({ index }) => index)).size === texts.length
  if (!whole) throw new Fault('failed', 'its answer has other vectors than were asked for')
  return { vectors, tokens: usage.prompt_tokens }
}

/** Of base64, it is little-endian 32-bit floats. */
function vectorOf(embedding: string | number[]): Float32Array {
  if (typeof embedding !== 'string') return Float32Array.from(embedding)
  const bytes = Buffer.from(embedding, 'base64')
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4))
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length) || length === 0) throw new Fault('failed', 'its answer has a vector of no length')
  return vector.map((value) => value / length)
}
