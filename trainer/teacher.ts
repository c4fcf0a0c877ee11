import type { Memory, Question } from '../data/memory.ts'
import type { Price } from '../data/prices.ts'
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

/** What an API that answers later has for one request, under the name that it was handed in with. `undefined`: it failed or was not reached in time. */
export type BatchAnswer = { name: string; completion: Completion | undefined }

/** Where a batch is: being worked on; ended, with whatever was answered; or refused as a whole, and why. */
export type BatchState =
  | { status: 'open' }
  | { status: 'ended'; answers(): AsyncIterable<BatchAnswer> }
  | { status: 'refused'; reason: string }

/** An API that takes many requests at once and answers them within a day or so, mostly at half the price. */
export type BatchApi = {
  /** Requests of one batch at most. */
  readonly size: number
  /** Uploads requests, each under a name (at most 64 characters), and gives the name of the file that they are in. */
  upload(requests: readonly { name: string; request: CompletionRequest }[], signal: AbortSignal): Promise<string>
  /** Makes a batch of an uploaded file, and gives its name. */
  start(file: string, signal: AbortSignal): Promise<string>
  /** The name of the batch that was made of a file, or undefined where none was. */
  find(file: string, signal: AbortSignal): Promise<string | undefined>
  state(batch: string, signal: AbortSignal): Promise<BatchState>
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
  /** What it is paid, where that is known. */
  readonly price?: Price
  complete(request: CompletionRequest, options?: CompleteOptions): Promise<Completion>
  /**
   * Answers a group of at most `concurrency` requests at once. A teacher has this when an answer's last digits depend on its neighbours, as those of a model that is decoded in batches do:
   * the same group comes to the same answers.
   */
  completeAll?(requests: readonly CompletionRequest[], options?: { signal?: AbortSignal }): Promise<Completion[]>
  /** Its API that answers later; used where the person asks for it (`trainer/batches.ts`). */
  batch?: BatchApi
  /** What a request can cost at most, where the teacher is held to a budget. */
  mostOf?(request: CompletionRequest): number
  /** Sets aside what is about to be handed in. @throws EndonymError `budget_reached` */
  afford?(most: number): Promise<void>
  /** Requests handed in now are answered in a later process: `askEach` does it. */
  deferred?: Deferred
  dispose(): Promise<void>
}

/** What `askEach` needs to hand requests in and leave. */
export type Deferred = {
  /** From so many missing answers on they are handed in; fewer are asked for at once. */
  readonly fewest: number
  /** Takes in what has been answered since. */
  collect(options: { memory: Memory; signal: AbortSignal }): Promise<void>
  /** Whether the question of this hash is with the API. */
  has(hash: string): Promise<boolean>
  submit(
    questions: readonly { hash: string; key: Question; request: CompletionRequest }[],
    signal: AbortSignal,
  ): Promise<void>
}
