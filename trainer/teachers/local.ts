import { EndonymError } from '../../core/error.ts'
import type { Pool } from '../../models/runtime.ts'
import type { Teacher } from '../teacher.ts'

/**
 * A GGUF model in this process as a teacher; in self-distillation it is the student itself.
 *
 * @param sha256 of the GGUF file: with its seed, a request to the same file always has the same answer.
 */
export function localTeacher(pool: Pool, { sha256, title }: { sha256: string; title: string }): Teacher {
  const complete: Teacher['complete'] = async ({ messages, sampling, schema }, { signal } = {}) => {
    const started = performance.now()
    const generation = await pool
      .chat(messages, { ...sampling, ...(signal && { signal }), ...(schema && { jsonSchema: schema.schema }) })
      .catch((error: unknown) => {
        // One request that does not fit is no reason to give up the others.
        if (!(error instanceof EndonymError) || error.code !== 'prompt_too_long') throw error
        return { text: '', finishReason: 'length' as const, promptTokens: 0, completionTokens: 0 }
      })
    signal?.throwIfAborted()
    return {
      text: schema ? generation.text.trim() : generation.text,
      finishReason: generation.finishReason === 'aborted' ? 'other' : generation.finishReason,
      promptTokens: generation.promptTokens,
      completionTokens: generation.completionTokens,
      seconds: (performance.now() - started) / 1000,
      price: 0,
    }
  }
  return {
    name: `local:${sha256}`,
    title,
    concurrency: pool.sequences,
    price: { prompt: 0, completion: 0 },
    complete,
    completeAll: async (requests, options) => {
      await pool.forget()
      return Promise.all(requests.map((request) => complete(request, options)))
    },
    dispose: () => pool.dispose(),
  }
}
