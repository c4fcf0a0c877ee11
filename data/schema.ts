import type { Generated, Insertable, Selectable } from 'kysely'

/** The tables, as the newest migration leaves them. Times are ISO 8601 in UTC; `*_json` columns hold JSON text. */
export type Schema = {
  completions: CompletionTable
  batches: BatchTable
  batch_requests: BatchRequestTable
  runs: RunTable
  stages: StageTable
  examples: ExampleTable
  models: ModelTable
  keys: KeyTable
  aliases: AliasTable
  sessions: SessionTable
  raters: RaterTable
  tasks: TaskTable
  votes: VoteTable
  session_answers: SessionAnswerTable
  feedback: FeedbackTable
  interface_messages: InterfaceMessageTable
}

/**
 * The memory: whatever was asked of a teacher, a translator or a model under test, and its answer. See docs/design.md, "Memory".
 */
type CompletionTable = {
  /** SHA-256 of the canonical request, with who was asked. */
  hash: string
  /** `teacher`, `translation`, `answer`, `score` or `data` (rows of a data set that a run took). */
  kind: string
  /** Who was asked. */
  source: string
  request_json: string
  response_json: string
  prompt_tokens: number
  completion_tokens: number
  seconds: number
  price: number
  created_at: string
}

/** What was handed in to a batch API: whichever process comes next finds it here. */
type BatchTable = {
  id: string
  /** Who is asked, as in `completions`. */
  source: string
  /** The endpoint's name of the uploaded requests: by it a batch is found again whose making was cut off. */
  input_file: string
  /** The endpoint's name of the batch; null until it is known. */
  remote: string | null
  /** `open` until its answers are collected; `failed` where the endpoint refused it as a whole. */
  status: 'open' | 'collected' | 'failed'
  requests: number
  /** What it can cost at most, which a budget counts until it is collected. */
  most: number
  created_at: string
  updated_at: string
}

/** A request of an open batch, by the hash that its answer will be remembered under. */
type BatchRequestTable = {
  hash: string
  batch: string
  kind: string
  request_json: string
}

type RunTable = {
  id: string
  /** ISO 639-3. */
  language: string
  recipe: string
  scale: string
  options_json: string
  status: 'running' | 'stopped' | 'failed' | 'done'
  error: string | null
  created_at: string
  updated_at: string
}

type StageTable = {
  run: string
  /** Order within the run, from 0. */
  position: number
  name: string
  status: 'running' | 'done'
  /** What later stages need of it. */
  output_json: string | null
  /** Summed over every time that it was taken up. */
  seconds: Generated<number>
  /** Bytes of resident memory at the peak, children included. */
  peak_memory: Generated<number>
  /** Of everything that it used when it was last taken up, remembered answers included. */
  prompt_tokens: Generated<number>
  completion_tokens: Generated<number>
  price: Generated<number>
  /** Questions that were answered, not from memory; that failed; and of the answers the tokens and the money. Summed over every time. */
  asked: Generated<number>
  failed: Generated<number>
  written_tokens: Generated<number>
  spent: Generated<number>
  /** Questions that memory answered when it was last taken up. */
  remembered: Generated<number>
  /** How far it is, while it runs: a ProgressEvent. */
  progress_json: string | null
}

type ExampleTable = {
  run: string
  id: string
  /** The step that made it. */
  step: string
  position: number
  example_json: string
  /** Ids of the examples that it was made from, JSON. */
  parents_json: string
  /** Hashes of the completions that it was made from, JSON. */
  requests_json: string
  /** The filter that dropped it and why, or null for a kept one. */
  dropped_by: string | null
  dropped_reason: string | null
}

type ModelTable = {
  id: Generated<number>
  /** What people call it: `smollm2-135m-instruct`, `gl@smollm2-135m-instruct.8c71d2`. */
  name: string
  role: 'base' | 'adapter' | 'student'
  /** SHA-256 of the GGUF file, and its place in the store. */
  sha256: string
  bytes: number
  architecture: string
  parameters: number
  quantisation: string
  /** ISO 639-3 of the language that it was taught, for adapters and students. */
  language: string | null
  /** The model it applies to (adapters) or comes from (students). */
  base: string | null
  run: string | null
  /** Where it came from: an address, a package, a file. */
  source: string
  created_at: string
}

/** Another name of a model, which can be moved to another one. */
type AliasTable = {
  name: string
  /** `models.id` */
  model: number
}

/** A key of the server's API: its hash, never itself. */
type KeyTable = {
  id: string
  name: string
  /** SHA-256 of the secret. */
  hash: string
  scopes_json: string
  created_at: string
  revoked_at: string | null
}

/** A preference session: native speakers judge models. Settings are `SessionSettings` of evaluator/sessions. */
type SessionTable = {
  /** Unguessable: whoever has it may rate. */
  id: string
  name: string
  /** ISO 639-3. */
  language: string
  settings_json: string
  /** SHA-256 of what the organiser shows to see and change it. */
  organiser_hash: string
  created_at: string
  closed_at: string | null
}

/** Somebody who judges, by no name but the one that they chose. Deleting one deletes all that they gave. */
type RaterTable = {
  id: string
  session: string
  /** SHA-256 of what their browser or chat shows. */
  token_hash: string
  channel: 'web' | 'telegram' | 'whatsapp'
  nickname: string | null
  proficiency: string | null
  dialect: string | null
  age_band: string | null
  /** SHA-256 of the text that they agreed to. */
  consent_hash: string
  created_at: string
}

/** What a rater was given to judge. */
type TaskTable = {
  id: string
  session: string
  rater: string
  kind: 'battle' | 'rating'
  /** Number of the session's question; null where raters ask what they like. Of gold items `gold:0`, … */
  prompt: string | null
  gold: 0 | 1
  /** The task that it is given a second time of. */
  repeats: string | null
  left_model: string
  /** None where a single answer is judged. */
  right_model: string | null
  /** Questions with their answers so far: `TaskTurn[]`. */
  turns_json: string
  /** `open` until it is judged, or passed over. */
  status: 'open' | 'judged' | 'passed'
  created_at: string
}

/** What a rater said of a task: once. */
type VoteTable = {
  task: string
  session: string
  rater: string
  /** Of a battle: `left`, `right`, `both_good`, `both_bad`. */
  verdict: string | null
  /** Of a single answer: marks from 1 to 5 by scale. */
  scales_json: string | null
  /** Flags of each side, `{left: [], right: []}`. */
  flags_json: string
  comment: string | null
  /** What the rater would have answered, by side. */
  corrections_json: string
  /** From the end of the answers to the verdict. */
  seconds: number | null
  /** By the rater's clock, and by ours. */
  judged_at: string
  received_at: string
}

/** What a model answered to a session's question: later raters are shown the same. */
type SessionAnswerTable = {
  session: string
  prompt: string
  model: string
  turn: number
  text: string
  created_at: string
}

/** What somebody said of an answer in a chat, outside of any session. */
type FeedbackTable = {
  id: string
  model: string
  /** ISO 639-3, where the model was taught one. */
  language: string | null
  channel: 'web' | 'telegram' | 'whatsapp'
  /** SHA-256 of what the browser or chat shows, so that it can be taken back. */
  person: string
  thumb: 'up' | 'down' | null
  flags_json: string
  correction: string | null
  conversation_json: string
  created_at: string
}

/** A message of the pages in a language that does not ship, or corrected by a person. */
type InterfaceMessageTable = {
  /** BCP-47. */
  language: string
  key: string
  /** ICU MessageFormat. */
  text: string
  source: 'machine' | 'person'
  updated_at: string
}

export type CompletionRow = Selectable<CompletionTable>
export type NewCompletion = Insertable<CompletionTable>
export type RunRow = Selectable<RunTable>
export type StageRow = Selectable<StageTable>
export type ExampleRow = Selectable<ExampleTable>
export type NewExample = Insertable<ExampleTable>
export type ModelRow = Selectable<ModelTable>
export type KeyRow = Selectable<KeyTable>
export type NewModel = Insertable<ModelTable>
export type SessionRow = Selectable<SessionTable>
export type RaterRow = Selectable<RaterTable>
export type TaskRow = Selectable<TaskTable>
export type VoteRow = Selectable<VoteTable>
