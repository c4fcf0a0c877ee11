import { EndonymError } from '../core/error.ts'
import type { Translator } from './translator.ts'
import { openApertium } from './translators/apertium.ts'
import { openApy } from './translators/apy.ts'

/**
 * Opens a translator by the name that people give it.
 *
 * @param which `apertium`, or the address of an APy server.
 * @throws EndonymError `translator_unknown`, and what opening it throws.
 */
export async function openTranslator(which: string): Promise<Translator> {
  if (which === 'apertium') return openApertium()
  if (/^https?:\/\//.test(which)) return openApy(which)
  throw new EndonymError(
    'translator_unknown',
    `There is no translator "${which}". Name "apertium", or the address of an APy server such as http://127.0.0.1:2737.`,
    { exitCode: 2 },
  )
}
