import type { Language } from '../data/language.ts'
import type { CompleteOptions } from './teacher.ts'

export type Translation = {
  text: string
  /** Words that it did not know and left as they were. */
  unknown: string[]
  /** What it cost, where a model translated. */
  cost?: { promptTokens: number; completionTokens: number; price: number }
}

/**
 * What turns a text into another language. Implementations: the local program `apertium` (`translators/apertium.ts`), its HTTP server (`translators/apy.ts`), a teacher (`translators/teacher.ts`).
 */
export type Translator = {
  /** What it is called in the database and in reports; changes whenever its translations may: `apertium 3.8.3 en-gl 0.5.4`. */
  readonly name: string
  /** How many texts it takes at once. */
  readonly concurrency: number
  /** Whether it can go from one to the other. */
  supports(from: Language, to: Language): boolean
  /** Translates one text; paragraphs stay paragraphs. */
  translate(text: string, from: Language, to: Language, options?: CompleteOptions): Promise<Translation>
  dispose(): Promise<void>
}
