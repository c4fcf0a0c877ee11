/** The writing direction of a script. */
export type Direction = 'ltr' | 'rtl'

/**
 * A language, as every part of Endonym names it: always one of these, never a bare string.
 *
 * A value is made by `resolveLanguage` (or `findLanguages`) alone.
 */
export type Language = {
  /** ISO 639-3, the identity: `glg`. */
  iso3: string
  /** ISO 639-1 where there is one: `gl`. */
  iso1?: string
  /** BCP-47, shortest form: `gl`, `ckb`, `sr-Latn` where the script is not the language's usual one. */
  bcp47: string
  /** In English: `Galician`. */
  name: string
  /** In the language itself, where that is known: `galego`. */
  endonym?: string
  /** ISO 15924, the usual script: `Latn`. */
  script: string
  direction: Direction
  /** The code of FLORES-200 (and SIB-200, Belebele), where the language is in it: `glg_Latn`. */
  flores?: string
}
