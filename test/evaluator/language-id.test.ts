import { describe, expect, it } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import { identify, isInLanguage, languageIdCoverage } from '../../evaluator/language-id.ts'
import { englishShare, scriptShare, words } from '../../evaluator/text.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { asturian, english, galician, klingon, serbian, tibetan } from './languages.ts'

const against = ['spa', 'por']
const inGalician = (text: string) => isInLanguage(text, galician, { against }).verdict

describe('isInLanguage', () => {
  it.each([
    'A auga ferve a cen graos. Para facer té, deixa que repouse uns minutos antes de botala na cunca.',
    'Podes mercar pan na tenda da esquina, que abre ás oito da mañá.',
    'Os gatos dormen moitas horas ao día porque son cazadores e precisan aforrar enerxía.',
    'Unha boa maneira de aprender unha lingua é falala todos os días cos teus amigos.',
  ])('knows Galician: %s', (text) => expect(isInLanguage(text, galician, { against })).toMatchObject({ verdict: true }))

  it.each([
    'El agua hierve a cien grados. Para hacer té, deja que repose unos minutos antes de echarla en la taza.',
    'A água ferve a cem graus. Para fazer chá, deixe repousar alguns minutos antes de a deitar na chávena.',
    'Water boils at one hundred degrees. To make tea, let it rest for a few minutes before you pour it.',
    'Вода кипит при ста градусах.',
    '12345 !!! 😀',
    '',
    '```python\nprint("hello")\n```',
  ])('knows what is not Galician: %s', (text) => expect(inGalician(text)).toBe(false))

  it('catches text that was left in English though some of it was translated', () => {
    expect(isInLanguage('The gato is durmindo on the cama and it does not have to saír', galician)).toEqual({
      verdict: false,
      reason: 'English',
    })
  })

  it('tells languages apart that CLD3 does not know', () => {
    const text = 'La xente camina pela cai y fala colos amigos de les coses que-yos presten muncho.'
    expect(isInLanguage(text, asturian, { against: ['spa', 'por', 'glg'] }).verdict).toBe(true)
    expect(
      isInLanguage(
        'Toda persona tiene derecho a la educación, que debe ser gratuita al menos en la instrucción elemental.',
        asturian,
        { against: ['spa'] },
      ).verdict,
    ).toBe(false)
  })

  it('rejects the right language in the wrong script', () => {
    expect(isInLanguage('Sva ljudska bića rađaju se slobodna i jednaka.', serbian)).toMatchObject({ verdict: false })
  })

  it('falls back to script and not-English where no identifier knows the language, and says so', () => {
    expect(isInLanguage('tlhIngan Hol Dajatlh a', klingon)).toMatchObject({
      verdict: true,
      reason: expect.stringContaining('no identifier knows'),
    })
    expect(isInLanguage('What would you like them to have from the store?', klingon).verdict).toBe(false)
    expect(languageIdCoverage(klingon)).toMatchObject({ method: 'script', note: expect.stringContaining('Klingon') })
  })

  it('recognises nearly all of the Universal Declaration, and none of its English', () => {
    for (const language of [galician, serbian, tibetan, asturian]) {
      expect(languageIdCoverage(language).recognised, language.name).toBeGreaterThan(0.9)
      for (const { paragraphs } of udhr(english)?.articles ?? []) {
        for (const text of paragraphs) expect(isInLanguage(text, language).verdict, text).toBe(false)
      }
    }
    expect(languageIdCoverage(galician).method).toBe('cld3')
    expect(languageIdCoverage(asturian).method).toBe('franc')
  })
})

// Macrolanguages, codes that CLD3 names otherwise, a language that CLD3 mistakes for another, creoles of English.
it.each([
  'Chinese',
  'Norwegian',
  'Arabic',
  'Hebrew',
  'Yoruba',
  'Montenegrin',
  'Filipino',
  'Nigerian Pidgin',
  'Dzongkha',
])('recognises human translation into %s', (name) => {
  expect(languageIdCoverage(resolveLanguage(name)).recognised).toBeGreaterThan(0.8)
})

it('identify names the language, or nothing where there are no words', () => {
  expect(identify('Tódolos seres humanos nacen libres e iguais en dignidade e dereitos.')[0]?.iso3).toBe('glg')
  expect(identify('人人生而自由,在尊严和权利上一律平等。')[0]?.iso3).toBe('cmn')
  expect(identify('42 — 17')).toEqual([])
  expect(
    identify('Hola\0, buenos días: hoy hemos visto que el perro duerme y los niños juegan en la calle.')[0]?.iso3,
  ).toBe('spa')
})

it('scriptShare counts letters', () => {
  expect(scriptShare('Bo день!', 'Latn')).toBeCloseTo(2 / 6)
  expect(scriptShare('日本語のテキスト', 'Jpan')).toBe(1)
  expect(scriptShare('日本語のテキスト', 'Hans')).toBeLessThan(0.5)
  expect(scriptShare('१२३ !', 'Deva')).toBe(0)
  expect(scriptShare('anything', 'Xxxx')).toBe(1)
})

it('englishShare is high for English alone', () => {
  expect(englishShare('You should not eat that because it is not what they have for you.')).toBeGreaterThan(0.5)
  for (const text of ['Non o fagas, por favor.', 'Das ist was ich will.', 'Vi er for store til det.'])
    expect(englishShare(text)).toBeLessThan(0.1)
  expect(englishShare('')).toBe(0)
})

it('words finds words, with or without spaces', () => {
  expect(words('Bo día, mundo!')).toEqual(['Bo', 'día', 'mundo'])
  expect(words('我喜欢苹果').length).toBeGreaterThan(1)
})
