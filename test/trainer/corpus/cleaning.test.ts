import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { resolveLanguage } from '../../../data/languages.ts'
import { udhr } from '../../../evaluator/udhr.ts'
import { readList } from '../../../trainer/corpus/cleaning/lists.ts'
import { cleaningDefaults, createCleaner } from '../../../trainer/corpus/cleaning.ts'
import { galician } from '../../evaluator/languages.ts'

const korean = resolveLanguage('Korean')
const clean = createCleaner(galician, cleaningDefaults)
const cleanKorean = createCleaner(korean, cleaningDefaults)
const sentence = 'A auga do río baixa fría da montaña e rega os campos de millo da aldea.'
const other = 'No mercado do porto venden peixe fresco todas as mañás, agás os domingos.'
const korea = '강물은 산에서 차갑게 흘러 내려와 마을의 옥수수밭을 적시고 바다로 나아간다.'

test('a plain text stays as it is, in any language that has a declaration', () => {
  expect(clean(`${sentence}\n\n${other}`)).toEqual({ text: `${sentence}\n\n${other}`, masked: {} })
  for (const name of [
    'Galician',
    'Korean',
    'Amharic',
    'Thai',
    'Japanese',
    'Greenlandic',
    'Hebrew',
    'Tibetan',
    'Yoruba',
  ]) {
    const language = resolveLanguage(name)
    const cleaner = createCleaner(language, cleaningDefaults)
    const articles = (udhr(language)?.articles ?? []).map(({ paragraphs }) => paragraphs.join('\n').normalize('NFC'))
    const long = articles.filter((text) => text.length >= 50)
    expect(long.length, name).toBeGreaterThan(15)
    for (const text of long) expect(cleaner(text).dropped, `${name}: ${text}`).toBeUndefined()
  }
})

describe('drops', () => {
  it.each([
    ['too short', 'Bo día.'],
    ['too long', sentence.repeat(2000)],
    ['word length', 'a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f'],
    ['word length', 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Taumatawhakatangihangakoauauotamatea'],
    ['symbols', '#praia #verán #sol #mar #galicia hoxe fomos todos á praia de sempre'],
    ['bullets', `• ${sentence}\n• ${other}\n- Aberto pola tarde tamén`],
    ['ellipses', `Seguir lendo a noticia…\nAs fotos da festa de onte...\n${sentence}`],
    ['script', 'Вода кипит при ста градусах, а чай заваривают погорячее и пьют с мёдом.'],
  ])('%s', (filter, text) => expect(clean(text).dropped).toMatchObject({ by: filter }))

  it('documents with words of a list: whole words, phrases, and beginnings with a star', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lists-')), 'bad.txt')
    fs.writeFileSync(file, '# palabras\n\nlixo\nfóra de aquí\nbobad*\n')
    const strict = createCleaner(galician, cleaningDefaults, { badWords: readList(file) })
    expect(strict(`${sentence} É lixo!`).dropped).toEqual({ by: 'bad word', reason: '"lixo"' })
    expect(strict(`${sentence} Fóra de aquí.`).dropped?.by).toBe('bad word')
    expect(strict(`${sentence} Que bobadas dis.`).dropped?.reason).toBe('"bobad"')
    expect(strict(`${sentence} Os lixos non.`).dropped).toBeUndefined()
  })

  it('what is too short once it is cleaned', () => {
    expect(clean(`<p class="${'menu '.repeat(30)}">Aquí non queda nada.</p>`).dropped).toMatchObject({
      by: 'too short',
    })
  })
})

describe('mends', () => {
  it.each([
    ['decomposed letters', 'a\u0301gua', 'água'],
    [
      'HTML escapes, twice escaped ones too',
      'pan &amp;amp; queixo &eacute; bo&nbsp;&#8211; si',
      'pan & queixo é bo – si',
    ],
    ['tags, comments, scripts', 'Un <b>bo</b> día.<!-- menú --><script>var a = "x"</script> Fin', 'Un bo día. Fin'],
    ['emoticons', 'Que ben!!!!! 😂😂😂😂 Si??? ♥♥♥♥', 'Que ben!! 😂😂 Si?? ♥♥'],
    ['white space', 'Un \t dous\u00a0\u00a0tres  \r\n\r\n\r\n\r\ncatro\u200b', 'Un dous tres\n\ncatro'],
    [
      'phrases that follow themselves',
      'preme aquí para entrar, preme aquí para entrar. Preme aquí para entrar! Ben',
      'preme aquí para entrar! Ben',
    ],
  ])('%s', (_, before, after) =>
    expect(clean(`${sentence} ${before} ${other}`).text).toBe(`${sentence} ${after} ${other}`),
  )

  it('leaves less-than signs, ellipses and doubled words alone', () => {
    const text = `${sentence} Se a < b e b > c, entón... moi moi ben: 3 <4. ${other}`
    expect(clean(text).text).toBe(text)
  })

  it('Korean: stray jamo go, lone letters are squeezed', () => {
    expect(cleanKorean(`${korea} \u1112\u1161\u11ab글 \u1161ㅋㅋㅋㅋㅋ ${korea}끝`).text).toBe(
      `${korea} 한글 ㅋㅋ ${korea}끝`,
    )
  })

  it('cuts spam phrases of a list', () => {
    const cutter = createCleaner(galician, cleaningDefaults, { spam: ['Subscríbete ao boletín'] })
    expect(cutter(`${sentence} SUBSCRÍBETE AO BOLETÍN ${other}`)).toEqual({
      text: `${sentence} ${other}`,
      masked: { spam: 1 },
    })
  })
})

describe('masks', () => {
  it.each([
    ['e-mail', 'Escribe a xan.perez+novas@correo.example.gal.', 'Escribe a [E-MAIL].', { email: 1 }],
    ['web', 'Mira https://example.gal/a?b=(1), ou www.example.gal.', 'Mira [URL], ou [URL].', { url: 2 }],
    ['cards', 'Visa 4539 1488 0343 6467 ou 4539148803436467', 'Visa [CARD] ou [CARD]', { card: 2 }],
    ['phones', 'Chama ao tel. 981 12 34 56 ou +34 981 123 456.', 'Chama ao tel. [PHONE] ou [PHONE].', { phone: 2 }],
    ['IBAN', 'Paga a ES91 2100 0418 4502 0005 1332 hoxe', 'Paga a [ACCOUNT] hoxe', { account: 1 }],
    [
      'accounts beside their word',
      'Ingreso na conta nº 2100-0418-45 xa',
      'Ingreso na conta nº [ACCOUNT] xa',
      { account: 1 },
    ],
  ])('%s', (_, before, after, masked) =>
    expect(clean(`${sentence} ${before} ${other}`)).toEqual({ text: `${sentence} ${after} ${other}`, masked }),
  )

  it.each([
    ['resident numbers', '주민등록번호 850101-1234567 입니다', '주민등록번호 [ID] 입니다', { resident: 1 }],
    ['phones', '010-1234-5678 또는 02-123-4567', '[PHONE] 또는 [PHONE]', { phone: 2 }],
    ['accounts', '국민은행 123456-01-234567 로', '국민은행 [ACCOUNT] 로', { account: 1 }],
    [
      'addresses with the sentence right behind',
      '메일은abc@naver.com으로 보내세요',
      '메일은[E-MAIL]으로 보내세요',
      { email: 1 },
    ],
  ])('in Korean: %s', (_, before, after, masked) =>
    expect(cleanKorean(`${korea} ${before} ${korea}끝`)).toEqual({ text: `${korea} ${after} ${korea}끝`, masked }),
  )

  it.each([
    'O 12345678901 é un número de once cifras, e 12345678901234 ten catorce.',
    'En 1983-1984 e o 25/07/2024 ás 10:30 houbo 1.234.567,89 visitas ao ISBN 978-3-16-148410-0.',
    '4539 1488 0343 6468 non é tarxeta: a cifra de control non casa.',
    'Pi é 3.14159265358979 e 850101-1234567 non é coreano.',
  ])('no number that is nobody’s: %s', (text) => expect(clean(`${sentence} ${text} ${other}`).masked).toEqual({}))
})
