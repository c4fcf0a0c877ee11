import { type MessageFormatElement, TYPE } from '@formatjs/icu-messageformat-parser'
import type { Language } from './language.ts'
import { parseMessage } from './messages.ts'

/** What is needed of a language to judge a translation into it. */
export type Target = Pick<Language, 'bcp47' | 'script'>

/** A plural's forms in a language, each with some numbers that take it: `{ one: [1], other: [0, 2, 3] }`. `other` alone where `Intl` does not know the language. */
export function pluralForms(
  tag: string,
  type: Intl.PluralRulesOptions['type'] = 'cardinal',
): Record<string, readonly number[]> {
  if (Intl.PluralRules.supportedLocalesOf(tag).length === 0) return { other: [] }
  const rules = new Intl.PluralRules(tag, { type })
  const forms = new Map<string, number[]>(rules.resolvedOptions().pluralCategories.map((category) => [category, []]))
  for (let n = 0; n <= 110; n++) {
    const some = forms.get(rules.select(n))
    if (some && some.length < 3) some.push(n)
  }
  return Object.fromEntries(forms)
}

/**
 * What is wrong with a translation of a message, in a sentence's second half (`it leaves out {count}`), or nothing. It is a machine's that nobody has read: what cannot be shown, or would show something else than English does, is
 * found; whether it says the same is not.
 *
 * @example messageFault('{n, plural, one {# vote} other {# votes}}', '{n, plural, other {票 #}}', { bcp47: 'ja', script: 'Jpan' }) // undefined
 */
export function messageFault(english: string, text: string, target: Target): string | undefined {
  if (text.trim() === '') return 'it is empty'
  let parts: readonly MessageFormatElement[]
  try {
    parts = parseMessage(text)
  } catch (error) {
    return `it is not ICU MessageFormat: ${(error as Error).message}`
  }
  const source = parseMessage(english)
  return (
    argumentFault(source, parts) ??
    pluralFault(source, parts, target.bcp47) ??
    addedFault(english, text) ??
    wordsFault(wordsOf(source), wordsOf(parts), target)
  )
}

type Parts = readonly MessageFormatElement[]
type Argument = Exclude<MessageFormatElement, { type: TYPE.literal | TYPE.pound | TYPE.tag }>

/** Every argument, those within choices too. */
function argumentsIn(parts: Parts): Argument[] {
  return parts.flatMap((part): Argument[] => {
    if (part.type === TYPE.literal || part.type === TYPE.pound || part.type === TYPE.tag) return []
    if (part.type !== TYPE.plural && part.type !== TYPE.select) return [part]
    return [part, ...Object.values(part.options).flatMap(({ value }) => argumentsIn(value))]
  })
}

/** Of what kind each argument is shown as. A plural may be shown as a number alone: some languages have no other form. */
function argumentFault(source: Parts, parts: Parts): string | undefined {
  const [wanted, given] = [source, parts].map((each) => Map.groupBy(argumentsIn(each), ({ value }) => value)) as [
    Map<string, Argument[]>,
    Map<string, Argument[]>,
  ]
  for (const [name, [first]] of wanted) {
    const all = given.get(name)
    if (!all) return `it leaves out {${name}}`
    const fits = all.every(({ type }) => type === first?.type || (first?.type === TYPE.plural && type === TYPE.number))
    if (!fits) return `it shows {${name}} in another way than the English does`
  }
  const added = [...given.keys()].find((name) => !wanted.has(name))
  return added === undefined ? undefined : `it has {${added}}, which the English has not`
}

function pluralFault(source: Parts, parts: Parts, tag: string): string | undefined {
  const choices = argumentsIn(parts)
  for (const part of choices) {
    if (part.type !== TYPE.plural) continue
    const missing = Object.keys(pluralForms(tag, part.pluralType)).find((form) => !(form in part.options))
    if (missing !== undefined) return `its plural of {${part.value}} lacks the form "${missing}"`
    const english = argumentsIn(source).find((each) => each.type === TYPE.plural && each.value === part.value)
    if (english?.type === TYPE.plural && saysNumber(english.options.other) && !saysNumber(part.options.other))
      return `its plural of {${part.value}} does not say the number (#) in the form "other"`
  }
  for (const english of argumentsIn(source)) {
    if (english.type !== TYPE.select) continue
    const own = choices.find((each) => each.type === TYPE.select && each.value === english.value)
    const missing = Object.keys(english.options).find((key) => own?.type === TYPE.select && !(key in own.options))
    if (missing !== undefined) return `its choice of {${english.value}} lacks "${missing}"`
  }
  return undefined
}

const saysNumber = (option: { value: MessageFormatElement[] } | undefined): boolean =>
  option?.value.some(({ type }) => type === TYPE.pound || type === TYPE.number) ?? false

/** What a machine is fond of adding to a text: marks, links, characters that nobody sees. */
const additions: readonly [what: string, RegExp][] = [
  ['marks of HTML', /<\/?[a-z!][^>]*>|&(?:#\d+|[a-z]+);/i],
  ['marks of Markdown', /\*\*|__|`|^#+ |^[-*] |\[[^\]]*\]\(/m],
  ['an address', /\bhttps?:|\bwww\./i],
  ['line breaks', /\n/],
  // Those that turn text around; the joiners that some scripts are written with are none.
  ['characters that nobody sees', /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/u],
]

/** Commands of a chat, such as `/forget`, which are typed as they are. */
const commands = /(?<![\p{L}\p{N}/])\/[a-z]{2,}/gu

function addedFault(english: string, text: string): string | undefined {
  const added = additions.find(([, mark]) => mark.test(text) && !mark.test(english))
  if (added) return `it adds ${added[0]}`
  const lost = (english.match(commands) ?? []).find((command) => !text.includes(command))
  return lost === undefined ? undefined : `it leaves out ${lost}, which is typed as it is`
}

/** What of a message is words. */
function wordsOf(parts: Parts): string {
  return parts
    .map((part) => {
      if (part.type === TYPE.literal) return part.value
      if (part.type === TYPE.plural || part.type === TYPE.select)
        return part.options.other ? wordsOf(part.options.other.value) : ''
      return ''
    })
    .join('')
}

/** From so many letters on a text's length says something. */
const longEnough = 12
/** Chinese says in a fifth of the characters what English does; an explanation in place of a translation is several times as long. */
const shortest = 0.15
const longest = 3.5

function wordsFault(english: string, own: string, { script }: Target): string | undefined {
  const [wanted, given] = [english, own].map((text) => text.replaceAll(/[^\p{L}\p{M}]/gu, '').length) as [
    number,
    number,
  ]
  if (wanted > 0 && given === 0) return 'it has no words'
  if (wanted < longEnough) return given > longEnough * longest ? 'it is much longer than the English' : undefined
  if (given < wanted * shortest) return 'it is much shorter than the English'
  if (given > wanted * longest) return 'it is much longer than the English'
  // A word alone may be the same in both.
  if (/\s\S+\s/.test(english) && own.trim().toLowerCase() === english.trim().toLowerCase()) return 'it is still English'
  const letters = lettersOf(script)
  return letters && !letters.test(own) ? `it has no letter of the script ${script}` : undefined
}

/** Letters of a script; nothing where ISO 15924 names one that Unicode has under several names, such as `Jpan`. */
function lettersOf(script: string): RegExp | undefined {
  try {
    return new RegExp(`\\p{Script_Extensions=${script}}`, 'u')
  } catch {
    return undefined
  }
}
