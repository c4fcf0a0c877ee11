import type { Message, Sampling } from '../models/runtime.ts'

/** What is asked of a teacher. Its canonical JSON, with the teacher's model, is what the answer is remembered under. */
export type CompletionRequest = {
  messages: readonly Message[]
  sampling: Sampling
  /** Which draw of the same question this is, from 0: another draw is another answer. */
  draw: number
  /** The answer is to be JSON of this JSON schema. The prompt says so too; the teacher sees to it by what its endpoint has. Read it with `parseJsonAnswer` (`trainer/json-answer.ts`). */
  schema?: { name: string; schema: Readonly<Record<string, unknown>> }
}

export type Completion = {
  /** What the endpoint calls it, where it says so. */
  id?: string
  text: string
  /** The reasoning channel, where the teacher has one. */
  reasoning?: string
  finishReason: 'stop' | 'length' | 'other'
  promptTokens: number
  completionTokens: number
  /** Wall-clock seconds. */
  seconds: number
  /** In the currency of the price file; 0 for what runs here. */
  price: number
}

export type CompleteOptions = {
  signal?: AbortSignal
  /** Hears of an answer that was paid for and is of no use, before the question is sent again: it belongs in the ledger. What it throws ends the request. */
  onWaste?: (completion: Completion) => Promise<void>
}

/**
 * Who writes the answers. Implementations: a local GGUF in process (`teachers/local.ts`), any OpenAI-compatible endpoint (`teachers/openai.ts`).
 */
export type Teacher = {
  /** What it is called in the database and in reports: `local:<sha256 of the GGUF>`, `https://host/v1:model`. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** How many requests it takes at once, at most. It sends as many of them as it finds its endpoint can bear; the others wait in it. */
  readonly concurrency: number
  complete(request: CompletionRequest, options?: CompleteOptions): Promise<Completion>
  /**
   * Answers a group of at most `concurrency` requests at once. A teacher has this when an answer's last digits depend on its neighbours, as those of a model that is decoded in batches do:
   * the same group comes to the same answers.
   */
  completeAll?(requests: readonly CompletionRequest[], options?: { signal?: AbortSignal }): Promise<Completion[]>
  dispose(): Promise<void>
}
