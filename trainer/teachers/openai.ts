import OpenAI from 'openai'
import { EndonymError } from '../../core/error.ts'
import type { Teacher } from '../teacher.ts'

/**
 * Any endpoint that speaks OpenAI's chat completions: vLLM, Together, OpenAI, llama-server, Ollama, Endonym's own server.
 *
 * The key comes from `OPENAI_API_KEY` and is never written anywhere. Prices are per million tokens.
 *
 * @throws EndonymError `teacher_unreachable`, `teacher_refused`
 */
export function openaiTeacher(options: {
  baseURL: string
  model: string
  concurrency?: number
  price?: { prompt: number; completion: number }
  /** Times that a request is sent again after a fault that may pass. (5) */
  retries?: number
}): Teacher {
  const client = new OpenAI({
    baseURL: options.baseURL,
    apiKey: process.env.OPENAI_API_KEY ?? 'none',
    maxRetries: options.retries ?? 5,
    timeout: 600_000,
  })
  const price = options.price ?? { prompt: 0, completion: 0 }
  return {
    name: `${options.baseURL}:${options.model}`,
    title: options.model,
    concurrency: options.concurrency ?? 8,
    complete: async ({ messages, sampling }, { signal } = {}) => {
      const started = performance.now()
      try {
        const answer = await client.chat.completions.create(
          {
            model: options.model,
            messages: [...messages],
            ...(sampling.temperature !== undefined && { temperature: sampling.temperature }),
            ...(sampling.topP !== undefined && { top_p: sampling.topP }),
            ...(sampling.maxTokens !== undefined && { max_tokens: sampling.maxTokens }),
            ...(sampling.seed !== undefined && { seed: sampling.seed }),
          },
          signal ? { signal } : {},
        )
        const choice = answer.choices[0]
        const message = choice?.message as
          | { content?: string | null; reasoning?: string; reasoning_content?: string }
          | undefined
        const reasoning = message?.reasoning ?? message?.reasoning_content
        const promptTokens = answer.usage?.prompt_tokens ?? 0
        const completionTokens = answer.usage?.completion_tokens ?? 0
        return {
          text: message?.content ?? '',
          ...(reasoning !== undefined && { reasoning }),
          finishReason:
            choice?.finish_reason === 'stop' || choice?.finish_reason === 'length' ? choice.finish_reason : 'other',
          promptTokens,
          completionTokens,
          seconds: (performance.now() - started) / 1000,
          price: (promptTokens * price.prompt + completionTokens * price.completion) / 1e6,
        }
      } catch (cause) {
        if (signal?.aborted) throw signal.reason
        if (cause instanceof OpenAI.APIConnectionError) {
          throw new EndonymError(
            'teacher_unreachable',
            `The teacher at ${options.baseURL} does not answer: ${cause.message} Check the address and the network, then run the same command again.`,
            { cause },
          )
        }
        if (cause instanceof OpenAI.APIError) {
          throw new EndonymError(
            'teacher_refused',
            `The teacher at ${options.baseURL} refused (${cause.status}): ${cause.message}`,
            { cause },
          )
        }
        throw cause
      }
    },
    dispose: async () => {},
  }
}
