import type { Language } from '../../language.ts'

const scripts = new Intl.DisplayNames('en', { type: 'script' })

/**
 * How a language is named to a teacher: by its English name, its own and its script, so that a language with a namesake or with two scripts is not taken for another.
 *
 * @example nameFor(galician) // 'Galician (galego, in the Latin script)'
 */
export function nameFor({ name, endonym, script }: Language): string {
  const own = endonym && endonym !== name ? `${endonym}, ` : ''
  return `${name} (${own}in the ${scripts.of(script) ?? script} script)`
}

/** How a list is asked for, at the end of a prompt. Read with `listSchema`'s reader in `trainer/steps/kakugo/ask-lists.ts`. */
export function asList(what: string): string {
  return [
    `Answer with nothing but JSON in a fenced block: an object whose only field "items" is the list of the ${what}, each one a string.`,
    '```json',
    '{"items": ["…", "…"]}',
    '```',
  ].join('\n')
}

/** `3 different messages`, `1 message`. */
export const some = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`
