import { EndonymError } from '../core/error.ts'
import type { Language } from '../data/language.ts'
import type { Teacher } from './teacher.ts'
import type { Translator } from './translator.ts'
import { openApertium } from './translators/apertium.ts'
import { openApy } from './translators/apy.ts'
import { teacherTranslator } from './translators/teacher.ts'

/**
 * Opens a translator by the name that people give it.
 *
 * @param which `apertium`; the address of an APy server; or `teacher`, which needs `teacher`.
 * @throws EndonymError `translator_unknown`, and what opening it throws.
 */
export async function openTranslator(which: string, teacher?: Teacher): Promise<Translator> {
  if (which === 'apertium') return openApertium()
  if (/^https?:\/\//.test(which)) return openApy(which)
  if (which === 'teacher' && teacher) return teacherTranslator(teacher)
  throw new EndonymError(
    'translator_unknown',
    which === 'teacher'
      ? 'A translating teacher needs an address and a model: --teacher URL --teacher-model MODEL.'
      : `There is no translator "${which}". Name "apertium", "teacher", or the address of an APy server such as http://127.0.0.1:2737.`,
    { exitCode: 2 },
  )
}

/** The translator for a recipe that translates nothing itself: where it cannot be had, one that knows no pair, and what would be translated for the report card is left out. */
export async function openTranslatorIfAny(which: string, teacher?: Teacher): Promise<Translator> {
  try {
    return await openTranslator(which, teacher)
  } catch (error) {
    if (!(error instanceof EndonymError) || error.code === 'translator_unknown') throw error
    return {
      name: 'none',
      concurrency: 1,
      supports: () => false,
      translate: () => Promise.reject(error),
      dispose: async () => {},
    }
  }
}

/**
 * Refuses a pair that a translator lacks, before anything is spent.
 *
 * @throws EndonymError `translator_lacks_pair`; it says what would do.
 */
export function checkPair(translator: Translator, from: Language, to: Language): void {
  if (translator.supports(from, to)) return
  throw new EndonymError(
    'translator_lacks_pair',
    `${translator.name} cannot translate from ${from.name} to ${to.name}. Install the pair where Debian has it ` +
      `(apt-cache search apertium | grep -w ${to.iso1 ?? to.iso3}), name another server with --translator http://HOST:2737, or let a model ` +
      'translate: --translator teacher --teacher URL --teacher-model MODEL.',
    { exitCode: 2 },
  )
}
