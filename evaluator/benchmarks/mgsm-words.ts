import type { Language } from '../../data/language.ts'

/** How a language's prompts of MGSM read, as lm-evaluation-harness has them (some of its "Answer:" are English). */
export type Words = {
  /** Before a question. */
  question: string
  /** Before an answer that is a number alone. */
  direct: string
  /** Before an answer with its working. */
  worked: string
  /** How a worked answer says its number. */
  formula: RegExp
}

/** What a kind of prompt is called. */
export const kindTitles = { direct: 'direct', cot: 'native chain of thought' } as const

/** By ISO 639-3. The Russian "Пошаговоерешение" is one word there. */
const table: Readonly<Record<string, Words>> = {
  ben: {
    question: 'প্রশ্ন:',
    direct: 'Answer:',
    worked: 'ধাপে ধাপে উত্তর:',
    formula: /The answer is (-?[0-9.,]+)/,
  },
  deu: {
    question: 'Frage:',
    direct: 'Antwort:',
    worked: 'Schritt-für-Schritt-Antwort:',
    formula: /Die Antwort lautet (-?[0-9.,]+)/,
  },
  eng: {
    question: 'Question:',
    direct: 'Answer:',
    worked: 'Step-by-Step Answer:',
    formula: /The answer is (-?[0-9.,]+)/,
  },
  spa: {
    question: 'Pregunta:',
    direct: 'Respuesta:',
    worked: 'Respuesta paso a paso:',
    formula: /La respuesta es (-?[0-9.,]+)/,
  },
  fra: {
    question: 'Question :',
    direct: 'Réponse :',
    worked: 'Réponse étape par étape :',
    formula: /La réponse est (-?[0-9.,]+)/,
  },
  jpn: {
    question: '問題：',
    direct: 'Answer:',
    worked: 'ステップごとの答え:',
    formula: /答えは(-?[0-9.,]+)です。/,
  },
  rus: {
    question: 'Задача:',
    direct: 'Answer:',
    worked: 'Пошаговоерешение:',
    formula: /Ответ — (-?[0-9.,]+)/,
  },
  swa: {
    question: 'Swali:',
    direct: 'Answer:',
    worked: 'Jibu la Hatua kwa Hatua:',
    formula: /Jibu ni (-?[0-9.,]+)/,
  },
  tel: {
    question: 'ప్రశ్న:',
    direct: 'Answer:',
    worked: 'దశలవారీగా సమాధానం:',
    formula: /సమాధానం (-?[0-9.,]+)/,
  },
  tha: {
    question: 'โจทย์:',
    direct: 'Answer:',
    worked: 'คำตอบทีละขั้นตอน:',
    formula: /คำตอบคือ (-?[0-9.,]+)/,
  },
  zho: {
    question: '问题：',
    direct: 'Answer:',
    worked: '逐步解答:',
    formula: /答案是 (-?[0-9.,]+)。/,
  },
}

const members: Readonly<Record<string, string>> = { swh: 'swa', cmn: 'zho' }

/** A language's words; English ones where MGSM has not been prompted in it, as with a translation of one's own. */
export function wordsOf({ iso3 }: Language): Words {
  return table[members[iso3] ?? iso3] ?? (table.eng as Words)
}

/**
 * The last number in a text, or null.
 *
 * @example lastNumber('3 + 4 = 7 apples.') // '7'
 */
export function lastNumber(text: string): string | null {
  const found = [...text.matchAll(/(-?[$0-9.,]{2,})|(-?[0-9]+)/g)].at(-1)
  return found?.[0].trim() ?? null
}

/** Whether two texts are the same but for ASCII punctuation and case, as the harness's exact match compares them. */
export function sameNumber(said: string, target: string): boolean {
  return bare(said) === bare(target)
}

const bare = (text: string) => text.toLowerCase().replaceAll(/[!-/:-@[-`{-~]/g, '')
