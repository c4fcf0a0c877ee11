import { z } from 'zod'
import { EndonymError, messageOf } from '../../core/error.ts'
import type { Translator } from '../translator.ts'
import { prepare, readTranslation } from './apertium.ts'

const pairsSchema = z.object({
  responseData: z.array(z.object({ sourceLanguage: z.string(), targetLanguage: z.string() })),
})
const translationSchema = z.object({ responseData: z.object({ translatedText: z.string() }) })

/**
 * Apertium's HTTP server, APy (Debian package `apertium-apy`): `GET /listPairs`, `POST /translate`.
 *
 * @param address such as `http://127.0.0.1:2737`.
 * @throws EndonymError `translator_unreachable`, `translator_failed`
 */
export async function openApy(address: string): Promise<Translator> {
  const base = address.replace(/\/+$/, '')
  const ask = async <T>(schema: z.ZodType<T>, path: string, init: RequestInit = {}): Promise<T> => {
    let response: Response
    try {
      response = await fetch(`${base}${path}`, { ...init, redirect: 'error' })
    } catch (cause) {
      if (init.signal?.aborted) throw init.signal.reason
      throw new EndonymError(
        'translator_unreachable',
        `The translation server ${base} does not answer (${messageOf(cause)}). Start it, or leave --translator out to use the local program.`,
        { cause },
      )
    }
    const body = await response.text()
    try {
      if (!response.ok) throw new Error(`status ${response.status}`)
      return schema.parse(JSON.parse(body))
    } catch (cause) {
      throw new EndonymError(
        'translator_failed',
        `The translation server ${base} gave no translation: ${body.slice(0, 200)}`,
        { cause },
      )
    }
  }
  const { responseData } = await ask(pairsSchema, '/listPairs')
  const pairs = new Set(responseData.map((pair) => `${pair.sourceLanguage}|${pair.targetLanguage}`))
  return {
    name: `apy ${base}`,
    concurrency: 4,
    supports: (from, to) => pairs.has(`${from.iso3}|${to.iso3}`),
    translate: async (text, from, to, options = {}) => {
      const body = new URLSearchParams({
        langpair: `${from.iso3}|${to.iso3}`,
        q: prepare(text).join('\n'),
        markUnknown: 'yes',
      })
      const answer = await ask(translationSchema, '/translate', { method: 'POST', body, ...options })
      return readTranslation(answer.responseData.translatedText.replace(/\n+$/, ''))
    },
    dispose: async () => {},
  }
}
