import fc from 'fast-check'
import { iso6393 } from 'iso-639-3'
import { describe, expect, it } from 'vitest'
import { EndonymError } from '../../core/error.ts'
import { floresCodes } from '../../data/languages/flores.ts'
import { editDistance } from '../../data/languages/names.ts'
import { directionOf } from '../../data/languages/scripts.ts'
import { allLanguages, findLanguages, languageByIso3, resolveLanguage } from '../../data/languages.ts'

/** The languages of the Kakugo paper: its code, the English name and the name that speakers give it. */
const kakugo = [
  ['am', 'Amharic', 'አማርኛ', 'amh'],
  ['arz', 'Egyptian Arabic', 'مصرى', 'arz'],
  ['ars', 'Najdi Arabic', 'نجدي', 'ars'],
  ['as', 'Assamese', 'অসমীয়া', 'asm'],
  ['ast', 'Asturian', 'asturianu', 'ast'],
  ['az', 'Azerbaijani', 'azərbaycanca', 'aze'],
  ['ba', 'Bashkir', 'башҡортса', 'bak'],
  ['bn', 'Bengali', 'বাংলা', 'ben'],
  ['bo', 'Tibetan', 'བོད་ཡིག', 'bod'],
  ['ceb', 'Cebuano', 'Cebuano', 'ceb'],
  ['cv', 'Chuvash', 'чӑвашла', 'chv'],
  ['cy', 'Welsh', 'Cymraeg', 'cym'],
  ['fo', 'Faroese', 'føroyskt', 'fao'],
  ['ga', 'Irish', 'Gaeilge', 'gle'],
  ['gd', 'Scottish Gaelic', 'Gàidhlig', 'gla'],
  ['gl', 'Galician', 'galego', 'glg'],
  ['gn', 'Guarani', "Avañe'ẽ", 'grn'],
  ['ha', 'Hausa', 'Hausa', 'hau'],
  ['ht', 'Haitian Creole', 'Kreyòl ayisyen', 'hat'],
  ['ig', 'Igbo', 'Igbo', 'ibo'],
  ['jv', 'Javanese', 'Basa Jawa', 'jav'],
  ['kmr', 'Northern Kurdish', 'Kurmancî', 'kmr'],
  ['sdh', 'Southern Kurdish', 'کوردی خوارگ', 'sdh'],
  ['ky', 'Kyrgyz', 'кыргызча', 'kir'],
  ['lb', 'Luxembourgish', 'Lëtzebuergesch', 'ltz'],
  ['lo', 'Lao', 'ລາວ', 'lao'],
  ['lus', 'Mizo', 'Mizo ţawng', 'lus'],
  ['mg', 'Malagasy', 'Malagasy', 'mlg'],
  ['mi', 'Maori', 'te reo Māori', 'mri'],
  ['mn', 'Mongolian', 'монгол', 'mon'],
  ['mt', 'Maltese', 'Malti', 'mlt'],
  ['ny', 'Nyanja', 'Chichewa', 'nya'],
  ['oc', 'Occitan', 'occitan', 'oci'],
  ['pap', 'Papiamento', 'Papiamentu', 'pap'],
  ['ps', 'Pashto', 'پښتو', 'pus'],
  ['rn', 'Rundi', 'Ikirundi', 'run'],
  ['rw', 'Kinyarwanda', 'Ikinyarwanda', 'kin'],
  ['sd', 'Sindhi', 'سنڌي', 'snd'],
  ['si', 'Sinhala', 'සිංහල', 'sin'],
  ['sm', 'Samoan', 'Gagana Samoa', 'smo'],
  ['sn', 'Shona', 'chiShona', 'sna'],
  ['st', 'Southern Sotho', 'Sesotho', 'sot'],
  ['su', 'Sundanese', 'Basa Sunda', 'sun'],
  ['sw', 'Swahili', 'Kiswahili', 'swa'],
  ['te', 'Telugu', 'తెలుగు', 'tel'],
  ['tg', 'Tajik', 'тоҷикӣ', 'tgk'],
  ['ti', 'Tigrinya', 'ትግርኛ', 'tir'],
  ['tk', 'Turkmen', 'Türkmençe', 'tuk'],
  ['tt', 'Tatar', 'татарча', 'tat'],
  ['ug', 'Uyghur', 'ئۇيغۇرچە', 'uig'],
  ['xh', 'Xhosa', 'isiXhosa', 'xho'],
  ['yi', 'Yiddish', 'ייִדיש', 'yid'],
  ['yo', 'Yoruba', 'Yorùbá', 'yor'],
  ['zu', 'Zulu', 'isiZulu', 'zul'],
] as const

/** The error that a query ends in. */
function refusal(query: string): EndonymError {
  try {
    const language = resolveLanguage(query)
    throw new Error(`"${query}" is ${language.iso3}, and should have been refused`)
  } catch (error) {
    if (error instanceof EndonymError) return error
    throw error
  }
}

describe('a language', () => {
  it('is whole: codes, names, script, direction, FLORES', () => {
    expect({ ...resolveLanguage('Galician') }).toEqual({
      iso3: 'glg',
      iso1: 'gl',
      bcp47: 'gl',
      name: 'Galician',
      endonym: 'galego',
      script: 'Latn',
      direction: 'ltr',
      flores: 'glg_Latn',
    })
  })

  it('survives JSON', () => {
    expect(JSON.parse(JSON.stringify(languageByIso3('uig')))).toMatchObject({ script: 'Arab', direction: 'rtl' })
  })

  it('is there for every row of ISO 639-3 and for languages taken in since, once', () => {
    const codes = new Set(allLanguages().map(({ iso3 }) => iso3))
    expect(codes.size).toBe(allLanguages().length)
    for (const row of iso6393) expect(codes.has(row.iso6393), row.name).toBe(row.scope !== 'special')
    expect(resolveLanguage('toki pona').iso3).toBe('tok')
  })

  it('has the script and direction that its speakers write', () => {
    const usual = {
      snd: 'Arab',
      uig: 'Arab',
      yid: 'Hebr',
      div: 'Thaa',
      nqo: 'Nkoo',
      bod: 'Tibt',
      amh: 'Ethi',
      pan: 'Guru',
      zho: 'Hans',
      kor: 'Kore',
      srp: 'Cyrl',
      crh: 'Latn',
      mni: 'Beng',
      quh: 'Latn',
      xcl: 'Armn',
      csc: 'Sgnw',
    }
    for (const [iso3, script] of Object.entries(usual))
      expect([iso3, languageByIso3(iso3)?.script]).toEqual([iso3, script])
    const rightToLeft = [
      'ara',
      'ars',
      'arz',
      'ckb',
      'div',
      'fas',
      'heb',
      'nqo',
      'pus',
      'sdh',
      'snd',
      'uig',
      'urd',
      'yid',
    ]
    for (const iso3 of rightToLeft) expect([iso3, languageByIso3(iso3)?.direction]).toEqual([iso3, 'rtl'])
    for (const iso3 of ['glg', 'amh', 'bod', 'kmr', 'kor', 'tur']) expect(languageByIso3(iso3)?.direction).toBe('ltr')
  })

  it('agrees with Unicode on the direction of every script in use', () => {
    const scripts = new Set(allLanguages().map(({ script }) => script))
    expect(scripts.size).toBeGreaterThan(100)
    for (const script of scripts) {
      const locale = new Intl.Locale(`und-${script}`) as Intl.Locale & { getTextInfo(): { direction: string } }
      if (script !== 'Zyyy') expect([script, directionOf(script)]).toEqual([script, locale.getTextInfo().direction])
    }
  })
})

describe('every naming resolves', () => {
  it.each(kakugo)('%s, %s, %s', (code, name, endonym, iso3) => {
    for (const query of [code, name, name.toUpperCase(), name.toLowerCase(), endonym, iso3, ` ${name} `]) {
      expect([query, resolveLanguage(query).iso3]).toEqual([query, iso3])
    }
    expect(languageByIso3(iso3)?.endonym).toBe(endonym)
  })

  it('by its own codes, for every language', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allLanguages()), ({ iso3, bcp47, iso1 = iso3 }) => {
        for (const code of [iso3, bcp47, iso1, iso3.toUpperCase()])
          expect(resolveLanguage(code.toLowerCase()).iso3).toBe(iso3)
      }),
      { numRuns: 500 },
    )
  })

  it('by its own name, for every language whose name no other bears', () => {
    const count = Map.groupBy(allLanguages(), ({ name }) => name)
    const failures = allLanguages().filter(({ iso3, name }) => {
      if (count.get(name)?.length !== 1 || iso3 === 'kur') return false
      return resolveLanguage(name).iso3 !== iso3
    })
    expect(failures).toEqual([])
    // The rest bear the name of the macrolanguage that they belong to.
    expect(allLanguages().filter(({ name }) => count.get(name)?.length !== 1).length).toBeLessThan(15)
  })

  it('by every FLORES code, to a language with exactly that benchmark', () => {
    expect(new Set(floresCodes).size).toBe(205)
    for (const code of floresCodes) expect(resolveLanguage(code).flores).toBe(code)
  })

  it.each([
    ['gallego', 'gl'],
    ['Galicisch', 'gl'],
    ['加利西亚语', 'gl'],
    ['галисийский', 'gl'],
    ['Castilian', 'es'],
    ['Persian/Farsi', 'fa'],
    ['Persian (Farsi)', 'fa'],
    ['فارسي', 'fa'],
    ['Sorani', 'ckb'],
    ['Kurmanji', 'kmr'],
    ['Kurdish (Sorani)', 'ckb'],
    ['Arabic', 'ar'],
    ['Egyptian Arabic', 'arz'],
    ['Arabic, Egyptian', 'arz'],
    ['Chinese', 'zh'],
    ['Mandarin', 'zh'],
    ['Cantonese', 'yue'],
    ['Malay', 'ms'],
    ['Norwegian', 'no'],
    ['bokmal', 'nb'],
    ['Greek', 'el'],
    ['Bangla', 'bn'],
    ['Odia', 'or'],
    ['Oriya', 'or'],
    ['Māori', 'mi'],
    ['Qʼeqchiʼ', 'kek'],
    ['the Galician language', 'gl'],
    ['ger', 'de'],
    ['iw', 'he'],
    ['gl_ES.UTF-8', 'gl'],
    ['pt-BR', 'pt'],
    ['Portuguese (Brazil)', 'pt'],
    ['zh-yue', 'yue'],
    ['fur', 'fur'],
    ['Fur', 'fvr'],
    ['Koro (India)', 'jkr'],
  ])('%s is %s', (query, bcp47) => {
    expect(resolveLanguage(query).bcp47).toBe(bcp47)
  })

  it.each([
    ['sr-Latn', 'sr-Latn', 'Latn', undefined],
    ['sr_latn', 'sr-Latn', 'Latn', undefined],
    ['Serbian (Latin)', 'sr-Latn', 'Latn', undefined],
    ['sr-Cyrl', 'sr', 'Cyrl', 'srp_Cyrl'],
    ['zh-Hant', 'zh-Hant', 'Hant', 'zho_Hant'],
    ['zh-TW', 'zh-Hant', 'Hant', 'zho_Hant'],
    ['Traditional Chinese', 'zh-Hant', 'Hant', 'zho_Hant'],
    ['zh-Hans-CN', 'zh', 'Hans', 'zho_Hans'],
    ['kas_Deva', 'ks-Deva', 'Deva', 'kas_Deva'],
    ['ks', 'ks', 'Arab', 'kas_Arab'],
    ['pa-PK', 'pa-Arab', 'Arab', undefined],
    ['kor_Hang', 'ko', 'Kore', 'kor_Hang'],
  ])('%s is %s in script %s', (query, bcp47, script, flores) => {
    const language = resolveLanguage(query)
    expect([language.bcp47, language.script, language.flores]).toEqual([bcp47, script, flores])
    expect(resolveLanguage(language.name).bcp47).toBe(bcp47)
  })

  it('gives a macrolanguage the benchmark of the member that stands for it', () => {
    const pairs = {
      swa: 'swh_Latn',
      ara: 'arb_Arab',
      lav: 'lvs_Latn',
      fas: 'pes_Arab',
      msa: 'zsm_Latn',
      nep: 'npi_Deva',
      ori: 'ory_Orya',
      uzb: 'uzn_Latn',
      mlg: 'plt_Latn',
      orm: 'gaz_Latn',
      sqi: 'als_Latn',
      que: 'quy_Latn',
      pus: 'pbt_Arab',
      mon: 'khk_Cyrl',
      yid: 'ydd_Hebr',
      aze: 'azj_Latn',
      aym: 'ayr_Latn',
      est: 'est_Latn',
      ekk: 'est_Latn',
      cmn: 'zho_Hans',
    }
    for (const [iso3, flores] of Object.entries(pairs))
      expect([iso3, languageByIso3(iso3)?.flores]).toEqual([iso3, flores])
    expect([resolveLanguage('swh_Latn').iso3, resolveLanguage('swh').iso3]).toEqual(['swa', 'swh'])
    expect([resolveLanguage('nob_Latn').iso3, resolveLanguage('nno_Latn').iso3]).toEqual(['nob', 'nno'])
    expect(languageByIso3('kur')?.flores).toBeUndefined()
  })
})

describe('what does not name one language', () => {
  it('is met with suggestions where it is a typo', () => {
    const error = refusal('Galcian')
    expect([error.code, error.exitCode]).toEqual(['language_unknown', 2])
    expect(error.message).toMatch(/^No language is known as "Galcian"\. Did you mean Galician \[gl\],? /)
    expect(error.message.match(/\[/g)?.length).toBeLessThanOrEqual(5)
    for (const [typo, name] of [
      ['Swahlii', 'Swahili'],
      ['Yorubba', 'Yoruba'],
      ['Kinyarwnada', 'Kinyarwanda'],
    ] as const) {
      expect(refusal(typo).message).toContain(`Did you mean ${name} [`)
    }
  })

  it.each([
    ['Kurdish', ['kmr', 'ckb', 'sdh']],
    ['kurdo', ['kmr', 'ckb', 'sdh']],
    ['Koro', ['jkr', 'kfo', 'krf', 'kxr']],
    ['Tonga', ['to', 'toi', 'tog']],
    ['Sotho', ['st', 'nso']],
    ['Nahuatl', ['nci', '21 more']],
    ['Serbian/Croatian', ['sr', 'hr']],
  ])('%s is a question', (query, candidates) => {
    const error = refusal(query)
    expect([error.code, error.exitCode]).toEqual(['language_ambiguous', 2])
    expect(error.message).toMatch(/\? /)
    for (const candidate of candidates)
      expect(error.message).toContain(/\s/.test(candidate) ? candidate : `[${candidate}]`)
  })

  it.each([
    '',
    '   ',
    '😀',
    '\u0000\u001b[2J',
    'und',
    'mul',
    'gl-Qqqq',
    'x-y',
    'Kurdish (Foo)a',
    '((((',
    'zzzzqqq',
    '\ud800',
  ])('%j is refused', (query) => {
    const error = refusal(query)
    expect([error.code, error.exitCode]).toEqual(['language_unknown', 2])
    expect(error.message).not.toMatch(/\p{Cc}|\p{Cs}/u)
  })

  it('is refused at once however long it is', () => {
    resolveLanguage('gallego')
    const started = performance.now()
    for (const query of [
      'x'.repeat(1e7),
      'Galician '.repeat(1e5),
      '('.repeat(100),
      'a/'.repeat(50),
      'the '.repeat(25),
    ]) {
      expect(refusal(query).message.length).toBeLessThan(1000)
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('never crashes, whatever it is', () => {
    const strange = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.string({ unit: fc.constantFrom(...'abkurdish-_/(),. ЯاअA'), maxLength: 24 }),
      fc
        .tuple(fc.constantFrom(...allLanguages()), fc.string({ maxLength: 3 }))
        .map(([{ name }, tail]) => name.slice(1) + tail),
    )
    fc.assert(
      fc.property(strange, (query) => {
        expect(Array.isArray(findLanguages(query, 5))).toBe(true)
        try {
          expect(languageByIso3(resolveLanguage(query).iso3)).toBeDefined()
        } catch (error) {
          expect(error).toBeInstanceOf(EndonymError)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('search', () => {
  const first = (query: string) => findLanguages(query)[0]?.bcp47

  it('puts what people mean first', () => {
    expect(
      ['gali', 'Galic', 'galego', 'gl', 'kurd', 'swa', 'tibet', 'zh-Hant', 'gallego', 'བོད', 'Galcian'].map(first),
    ).toEqual(['gl', 'gl', 'gl', 'gl', 'kmr', 'sw', 'bo', 'zh-Hant', 'gl', 'bo', 'gl'])
  })

  it('finds by a word in the middle, and keeps to the limit', () => {
    const names = findLanguages('quechua', 50).map(({ name }) => name)
    expect(names[0]).toBe('Quechua')
    expect(names).toContain('Ayacucho Quechua')
    expect(findLanguages('quechua', 3)).toHaveLength(3)
    expect(findLanguages('a', 7)).toHaveLength(7)
  })

  it('finds nothing for nothing', () => {
    expect([findLanguages(''), findLanguages('😀'), findLanguages('gl', 0), findLanguages('x'.repeat(1e6))]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })
})

describe('edit distance', () => {
  /** The textbook recursion, to check the banded one against. */
  function slow(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length
    const [x, y] = [a.slice(1), b.slice(1)]
    const swap = a[0] === b[1] && a[1] === b[0] ? 1 + slow(a.slice(2), b.slice(2)) : Number.POSITIVE_INFINITY
    return Math.min(
      slow(x, y) + (a[0] === b[0] ? 0 : 1),
      slow(x, b) + 1,
      slow(a, y) + 1,
      a.length > 1 && b.length > 1 ? swap : 99,
    )
  }

  it('is that of the definition up to its bound, and nothing beyond', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 3 }), (a, b, most) => {
        const distance = slow(a, b)
        expect(editDistance(a, b, most)).toBe(distance <= most ? distance : undefined)
      }),
      { numRuns: 300 },
    )
  })
})
