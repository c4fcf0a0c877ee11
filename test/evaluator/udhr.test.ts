import { describe, expect, it } from 'vitest'
import { scriptShare } from '../../evaluator/text.ts'
import { udhr, udhrPairs } from '../../evaluator/udhr.ts'
import { english, galician, klingon, occitan, serbian } from './languages.ts'

describe('udhr', () => {
  it('has the preamble and thirty articles, their headings left out', () => {
    const text = udhr(galician)
    expect(text?.articles.map(({ id }) => id)).toEqual([
      'preamble',
      ...Array.from({ length: 30 }, (_, i) => String(i + 1)),
    ])
    expect(text?.articles[1]?.paragraphs).toEqual([
      'Tódolos seres humanos nacen libres e iguais en dignidade e dereitos e, dotados como están de razón e conciencia, díbense comportar fraternalmente uns cos outros.',
    ])
    expect(JSON.stringify(text)).not.toMatch(/Artigo 1ª|<|&#/)
  })

  it('takes list items as paragraphs', () => {
    expect(udhr(english)?.articles[11]?.paragraphs).toHaveLength(2)
  })

  it('chooses the version in the language’s script', () => {
    const cyrillic = udhr(serbian)
    const latin = udhr({ ...serbian, script: 'Latn', bcp47: 'sr-Latn' })
    expect(cyrillic?.code).toBe('srp_cyrl')
    expect(latin?.code).toBe('srp_latn')
    expect(scriptShare(latin?.articles[1]?.paragraphs[0] ?? '', 'Latn')).toBe(1)
  })

  it('says when there is none', () => {
    expect(udhr(klingon)).toBeUndefined()
    expect(udhrPairs(english, klingon)).toEqual([])
  })
})

describe('udhrPairs', () => {
  it('pairs paragraphs where they correspond and whole articles where they do not', () => {
    const pairs = udhrPairs(english, galician)
    expect(pairs.find(({ id }) => id === '3')).toEqual({
      id: '3',
      source: 'Everyone has the right to life, liberty and the security of person.',
      target: 'Todo individuo ten dereito á vida, á liberdade e á seguridade da súa persoa.',
    })
    expect(pairs.find(({ id }) => id === '11.2')?.target).toMatch(/^Ninguín será condenado/)
    // The preamble has ten paragraphs in English and eight in Galician.
    expect(pairs.filter(({ id }) => id.startsWith('preamble'))).toHaveLength(1)
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length)
  })

  it('covers the same text whichever way it is paired', () => {
    const covered = udhrPairs(english, occitan)
      .map(({ source }) => source)
      .join('\n')
    expect(covered).toBe(
      udhr(english)
        ?.articles.flatMap(({ paragraphs }) => paragraphs)
        .join('\n'),
    )
  })
})
