/**
 * Puts values into a message of ICU MessageFormat that was parsed before (https://unicode-org.github.io/icu/userguide/format_parse/messages/), as the pages, which need no parser, and bots do.
 * Numbers, dates and plurals are the language's own, by `Intl`.
 */

/** What parts of a message are, as @formatjs/icu-messageformat-parser numbers them. */
const kinds = { literal: 0, argument: 1, number: 2, date: 3, time: 4, select: 5, plural: 6, pound: 7 }

/**
 * @param {readonly object[]} message the parsed message
 * @param {Record<string, unknown>} values by the names of its arguments
 * @param {string} tag BCP-47 of the language
 * @returns {string}
 * @example formatMessage(parse('{count, plural, one {# vote} other {# votes}}'), { count: 2 }, 'en') // '2 votes'
 */
export function formatMessage(message, values, tag) {
  return message.map((part) => formatPart(part, values, tag)).join('')
}

function formatPart(part, values, tag, count) {
  const value = values[part.value]
  const inside = (parts, count) => parts.map((inner) => formatPart(inner, values, tag, count)).join('')
  switch (part.type) {
    case kinds.literal:
      return part.value
    case kinds.argument:
      return String(value ?? '')
    case kinds.number:
      return new Intl.NumberFormat(tag, part.style === 'percent' ? { style: 'percent' } : {}).format(value)
    case kinds.date:
      return new Intl.DateTimeFormat(tag, { dateStyle: part.style ?? 'medium' }).format(new Date(value))
    case kinds.time:
      return new Intl.DateTimeFormat(tag, { timeStyle: part.style ?? 'short' }).format(new Date(value))
    case kinds.select:
      return inside((part.options[value] ?? part.options.other).value, count)
    case kinds.plural: {
      const rest = value - (part.offset ?? 0)
      const category = new Intl.PluralRules(tag, { type: part.pluralType ?? 'cardinal' }).select(rest)
      const option = part.options[`=${value}`] ?? part.options[category] ?? part.options.other
      return inside(option.value, rest)
    }
    case kinds.pound:
      return new Intl.NumberFormat(tag).format(count)
    default:
      throw new Error(`A message has a part of kind ${part.type}, which is not known.`)
  }
}
