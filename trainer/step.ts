import type { Progress } from '../core/progress.ts'
import type { Random } from '../core/random.ts'
import type { Language } from '../data/language.ts'
import type { Memory } from '../data/memory.ts'
import type { Message } from '../models/runtime.ts'
import type { Example } from './example.ts'
import type { Teacher } from './teacher.ts'
import type { Translator } from './translator.ts'

/** What a step works with. Teacher and translator are opened when first asked for and shared by all steps. */
export type StepContext = {
  language: Language
  /** The language that the teacher answers in. */
  rich: Language
  random: Random
  memory: Memory
  teacher(): Promise<Teacher>
  translator(): Promise<Translator>
  /** How many tokens the student makes of a conversation, its chat template included, or of a plain text. */
  countTokens(of: readonly Message[] | string): Promise<number>
  /** Folder where data sets are kept; none where nothing may be fetched: in a plan, and when a recording is replayed. */
  cache?: string
  progress: Progress
  /** Keeps what a step found out that its examples do not say, with its stage; a sentence is said to the person at once. */
  note(finding: Finding): void
  signal: AbortSignal
}

/** Something that a step found out: a sentence for the person, numbers for the report. */
export type Finding = { sentence?: string; measures?: Readonly<Record<string, number>> }

/**
 * A step of a recipe: examples in, examples out, in constant memory.
 *
 * What it yields with `dropped` is recorded and goes no further. The runner keeps every example in table `examples` and hands the kept ones to the next step, so a finished step is never
 * run again; a step that was cut off starts over and asks only what memory does not hold.
 */
export type Step = {
  readonly name: string
  /** For people: `The student answers English questions`. */
  readonly title: string
  /** The earlier steps whose kept examples it takes, one after the other; the step before it where none are named. */
  readonly from?: readonly string[]
  /** Its examples are as many as documents of a corpus: those kept go to a file, and the table gets the first of each kind alone (`trainer/bulk.ts`). */
  readonly bulk?: true
  run(input: AsyncIterable<Example>, context: StepContext): AsyncIterable<Example>
}
