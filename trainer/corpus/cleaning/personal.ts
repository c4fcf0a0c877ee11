/**
 * Masks what says who somebody is. Each kind has its own mask, in brackets, so that a model learns that something stood there and not what.
 *
 * Digits alone say little: the published cleaner takes any 11 to 14 of them for a bank account. Here a card must pass its check digit, a resident number hold a date, an IBAN its check
 * digits, and a phone or account number be written as one or stand beside a word that says so.
 */
export type Masks = Record<string, number>

export const masks = {
  url: '[URL]',
  email: '[E-MAIL]',
  card: '[CARD]',
  resident: '[ID]',
  phone: '[PHONE]',
  account: '[ACCOUNT]',
} as const

// Only ASCII: in Korean and Japanese the sentence goes on right behind an address.
const url = /(?<![A-Za-z0-9])(?:(?:https?|ftp):\/\/|www\.)[A-Za-z0-9][\w\-.~:/?#[\]@!$&'()*+,;=%]*/g
const mailbox = /[A-Za-z0-9][\w.%+-]{0,63}$/
const host = /^(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/

/** Masks web and e-mail addresses. @param count is told of each mask */
export function maskAddresses(text: string, count: (kind: string) => void): string {
  let masked = text
  if (masked.includes('://') || masked.includes('www.')) {
    masked = masked.replace(url, (found) => {
      count('url')
      // What ends the sentence is not the address's, nor is a bracket that it did not open.
      const tail = (found.includes('(') ? /[.,;:!?'\]]*$/ : /[.,;:!?)'\]]*$/).exec(found)?.[0] ?? ''
      return masks.url + tail
    })
  }
  return masked.includes('@') ? maskEmail(masked, () => count('email')) : masked
}

/** Looked for around each `@`: an expression for the whole would be tried at every word. */
function maskEmail(text: string, count: () => void): string {
  let masked = ''
  let from = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const before = mailbox.exec(text.slice(Math.max(from, at - 64), at))?.[0]
    const behind = host.exec(text.slice(at + 1, at + 256))?.[0]
    if (before === undefined || behind === undefined) continue
    count()
    masked += text.slice(from, at - before.length) + masks.email
    from = at + 1 + behind.length
  }
  return masked + text.slice(from)
}

/** Seven digits and more, with one separator between two of them at most, perhaps in brackets. */
const numbers = /(?<![\w.,/:-])[+(]{0,2}\d(?:[ .\-/()]{0,2}\d){6,21}(?![\w/:]|[.,-]\d)/g
const iban = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g

/** Words for a telephone, and for an account at a bank, in many languages; read just before a number. */
const phoneWords =
  /(?:\b(?:tel|tfno?|tlf|phone|mobile|cell|fax|whatsapp|teléfono|telefono|telefone|téléphone|telefon\w*|telèfon|móvil|móbil|celular|handy|mobil|fon)|전화|연락처|휴대폰|핸드폰|팩스|문의|тел|факс|電話|电话|फ़ोन|โทร|هاتف|تلفن|טלפון|ስልክ|simu)[^\d\n]{0,20}$/iu
const accountWords =
  /(?:\b(?:account|acct|a\/c|iban|konto\w*|cuenta|conta|compte|conto|rekening|kontonr|hesap|akaunti)|계좌|은행|농협|뱅크|счет|счёт|账号|口座|खाता|บัญชี|حساب)[^\d\n]{0,30}$/iu

/** Masks numbers of cards, residents, phones and bank accounts. @param hangul also what is Korean alone */
export function maskNumbers(text: string, hangul: boolean, count: (kind: string) => void): string {
  if (!/\d[\d .\-/()]{5,}\d/.test(text)) return text
  const as = (kind: keyof typeof masks) => {
    count(kind)
    return masks[kind]
  }
  const withoutIbans = /[A-Z]{2}\d{2}/.test(text)
    ? text.replace(iban, (found) => (isIban(found.replaceAll(' ', '')) ? as('account') : found))
    : text
  return withoutIbans.replace(numbers, (found, at: number) => {
    const kind = kindOf(found, withoutIbans, at, hangul)
    return kind === undefined ? found : as(kind)
  })
}

function kindOf(found: string, text: string, at: number, hangul: boolean): keyof typeof masks | undefined {
  const digits = found.replace(/\D/g, '')
  if (isCard(found, digits)) return 'card'
  if (hangul && /^\d{6} ?- ?[1-8]\d{6}$/.test(found) && isDate(digits)) return 'resident'
  const before = text.slice(Math.max(0, at - 40), at)
  if (digits.length >= 8 && digits.length <= 16 && accountWords.test(before)) return 'account'
  if (digits.length > 15) return undefined
  // International, or Korean: 010-1234-5678, 02-123-4567.
  if (/^\(?\+/.test(found) && digits.length >= 8) return 'phone'
  if (hangul && /^\(?0\d{1,2}\)?[ .-]\d{3,4}[ .-]\d{4}$/.test(found)) return 'phone'
  return phoneWords.test(before) ? 'phone' : undefined
}

/** Thirteen to nineteen digits in one piece or in fours (or 4-6-5, 4-6-4), that begin as cards do and pass Luhn's check. */
function isCard(written: string, digits: string): boolean {
  if (!/^(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ .-])\d{6}\2\d{4,5})$/.test(written)) return false
  if (!/^[2-6]/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** YYMMDD, as a resident number begins. */
function isDate(digits: string): boolean {
  const [month, day] = [Number(digits.slice(2, 4)), Number(digits.slice(4, 6))]
  return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/** Whether the check digits hold: ISO 13616, modulo 97. */
function isIban(value: string): boolean {
  if (value.length < 15 || value.length > 34) return false
  let rest = 0
  for (const character of value.slice(4) + value.slice(0, 4)) {
    const number = Number.parseInt(character, 36)
    rest = (rest * (number > 9 ? 100 : 10) + number) % 97
  }
  return rest === 1
}
