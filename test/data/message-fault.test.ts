import { expect, test } from 'vitest'
import { messageFault, pluralForms } from '../../data/message-fault.ts'
import { englishMessages, interfaceLanguages, shippedMessages } from '../../data/messages.ts'

const basque = { bcp47: 'eu', script: 'Latn' }
const welsh = { bcp47: 'cy', script: 'Latn' }
const japanese = { bcp47: 'ja', script: 'Jpan' }
const amharic = { bcp47: 'am', script: 'Ethi' }
const votes = '{count, plural, one {# verdict is deleted.} other {# verdicts are deleted.}}'

test('what says the same in another language is right', () => {
  expect(messageFault('Which answer is better?', 'Zein erantzun da hobea?', basque)).toBeUndefined()
  expect(messageFault('Ask something in {language}', 'Galdetu zerbait {language} hizkuntzan', basque)).toBeUndefined()
  expect(messageFault('Close', 'Itxi', basque)).toBeUndefined()
  expect(messageFault('Which answer is better?', 'どちらの答えがいい？', japanese)).toBeUndefined()
  expect(messageFault('Which answer is better?', 'የትኛው መልስ ይሻላል?', amharic)).toBeUndefined()
})

test('an empty text, one that cannot be parsed, and values that are missing, new or of another kind', () => {
  const early = 'It opens {when}, for {raters, number} people.'
  expect(messageFault('Close', '  ', basque)).toBe('it is empty')
  expect(messageFault('Close', '“ ”', basque)).toBe('it has no words')
  expect(messageFault(early, '{when zabaltzen da', basque)).toMatch(/^it is not ICU MessageFormat/)
  expect(messageFault(early, 'Laster zabalduko da.', basque)).toBe('it leaves out {when}')
  expect(messageFault(early, '{when}: {raters, number} lagun, {gero}', basque)).toBe(
    'it has {gero}, which the English has not',
  )
  expect(messageFault(early, '{when}: {raters} lagun', basque)).toBe(
    'it shows {raters} in another way than the English does',
  )
})

test('plurals have the forms of the language, whatever those are', () => {
  expect(Object.keys(pluralForms('cy'))).toEqual(expect.arrayContaining(['zero', 'one', 'two', 'few', 'many', 'other']))
  expect(pluralForms('cy').few).toEqual([3])
  expect(pluralForms('xzz')).toEqual({ other: [] })
  expect(messageFault(votes, '{count, plural, one {# iritzi} other {# iritzi}}', basque)).toBeUndefined()
  expect(messageFault(votes, '{count, plural, one {# farn} other {# barn}}', welsh)).toMatch(
    /lacks the form "(zero|two)"/,
  )
  expect(messageFault(votes, '{count, plural, other {# 件の判定を消しました}}', japanese)).toBeUndefined()
  expect(messageFault(votes, '{count, number} 件の判定を消しました', japanese)).toBeUndefined()
  expect(messageFault(votes, '{count, plural, one {iritzi bat} other {iritzi batzuk}}', basque)).toBe(
    'its plural of {count} does not say the number (#) in the form "other"',
  )
  const who = '{who, select, me {mine} other {theirs}} here'
  expect(messageFault(who, '{who, select, other {haiena}} hemen', basque)).toBe('its choice of {who} lacks "me"')
})

test('nothing is added, and commands are kept', () => {
  const fault = (text: string) => messageFault('Say /forget to delete it all.', text, basque)
  expect(fault('Esan /forget dena ezabatzeko.')).toBeUndefined()
  expect(fault('Esan /ahaztu dena ezabatzeko.')).toBe('it leaves out /forget, which is typed as it is')
  expect(fault('Esan <b>/forget</b> dena ezabatzeko.')).toBe('it adds marks of HTML')
  expect(fault('Esan **/forget** dena ezabatzeko.')).toBe('it adds marks of Markdown')
  expect(fault('Esan /forget (https://example.org) dena ezabatzeko.')).toBe('it adds an address')
  expect(fault('Esan /forget\n\nOharra: ezabatzeko.')).toBe('it adds line breaks')
  expect(fault('Esan /forget \u202edena ezabatzeko.')).toBe('it adds characters that nobody sees')
  expect(messageFault('One.\n\nTwo.', 'Bat.\n\nBi.', basque)).toBeUndefined()
})

test('explanations, remnants, English and another script are no translations', () => {
  const long = `Hona hemen itzulpena, eskatu duzun bezala: ${'zein erantzun da hobea zure ustez, '.repeat(4)}`
  expect(messageFault('Which answer is better?', long, basque)).toBe('it is much longer than the English')
  expect(messageFault('Close', `Ixteko esan nahi duen hitza hau da: ${'itxi '.repeat(9)}`, basque)).toBe(
    'it is much longer than the English',
  )
  expect(messageFault('Delete all that you gave? It cannot be brought back.', 'Ez.', basque)).toBe(
    'it is much shorter than the English',
  )
  expect(messageFault('Which answer is better?', 'Which answer is better?', basque)).toBe('it is still English')
  expect(messageFault('Which answer is better?', 'Zein erantzun da hobea?', amharic)).toBe(
    'it has no letter of the script Ethi',
  )
})

test.each(interfaceLanguages.filter((tag) => tag !== 'en'))('finds no fault with what ships in %s', (tag) => {
  const texts = shippedMessages(tag)
  const script = tag === 'ar' ? 'Arab' : 'Latn'
  const faults = Object.entries(englishMessages()).flatMap(([key, english]) => {
    const fault = messageFault(english, texts[key] ?? '', { bcp47: tag, script })
    return fault === undefined ? [] : [`${key}: ${fault}`]
  })
  expect(faults).toEqual([])
})
