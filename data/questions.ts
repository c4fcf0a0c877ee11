import fs from 'node:fs'
import { z } from 'zod'
import { EndonymError, messageOf } from '../core/error.ts'

/** A question or request, as an everyday person would put it to a chat assistant. */
export type Question = { id: string; topic: string; text: string }

/** A plain sentence, to be translated as it is. */
export type Sentence = { id: string; text: string }

const text = z.string().trim().min(1)
const questionSchema = z.strictObject({ id: z.string().regex(/^[qh]\d+$/), topic: text, text })
const sentenceSchema = z.strictObject({ id: z.string().regex(/^s\d+$/), text })

/**
 * The English questions that the student answers itself, from which SDRRL makes its transfer set.
 *
 * Topics take turns from the first question on, so the first n are as varied as n can be.
 * The words and turns of phrase are ones that Apertium carries over: what it cannot translate teaches the student noise.
 *
 * @throws EndonymError `data_damaged`
 * @example englishQuestions().slice(0, 100)
 */
export function englishQuestions(): Question[] {
  return read('questions/en.json', questionSchema)
}

/**
 * The 50 questions that base and student are compared on, in translation. None of them, and nothing close to one, is in `englishQuestions()`.
 *
 * @throws EndonymError `data_damaged`
 * @example const asked = heldOutQuestions().map((question) => question.text)
 */
export function heldOutQuestions(): Question[] {
  return read('questions/held-out.json', questionSchema)
}

/**
 * English sentences of many kinds, which a translator turns into SDRRL's external parallel corpus.
 *
 * None comes from the benchmarks that measure the result (the Universal Declaration of Human Rights, FLORES).
 *
 * @throws EndonymError `data_damaged`
 * @example const pairs = await translator.translate(englishSentences().map((sentence) => sentence.text), …)
 */
export function englishSentences(): Sentence[] {
  return read('sentences/en.json', sentenceSchema)
}

/** Reads a list that ships beside this file. It is checked, because people edit these lists to suit their language. */
function read<T extends { id: string }>(name: string, schema: z.ZodType<T>): T[] {
  const file = new URL(name, import.meta.url)
  try {
    const rows = z.array(schema).parse(JSON.parse(fs.readFileSync(file, 'utf8')))
    const seen = new Set<string>()
    for (const { id } of rows) {
      if (seen.has(id)) throw new Error(`the id ${id} occurs twice`)
      seen.add(id)
    }
    return rows
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw new EndonymError(
      'data_damaged',
      `The list data/${name} that ships with Endonym cannot be used: ${reason}. Restore the file with git.`,
      { cause },
    )
  }
}
