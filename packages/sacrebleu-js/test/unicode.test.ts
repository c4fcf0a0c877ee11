import { expect, it } from 'vitest'
import { tokenizers } from '../src/index.ts'
import { isSpace, splitWords, trim, trimEnd } from '../src/text.ts'
import { createTercom } from '../src/tokenizers/tercom.ts'
import { ask } from './python.ts'

/** Every character that Python has data for; of ideographs, syllables and others of which many thousands are alike, every 61st. */
const characters: number[] = ask(
  `
import unicodedata
def category(point):
    return unicodedata.category(chr(point))
answer([c for c in range(0x110000) if category(c) != 'Cn' and (c < 0x3200 or c % 61 == 0 or category(c) not in ('Lo', 'Co', 'Cs'))])
`,
  null,
)

/** What Unicode has changed since Python 3.11: U+0295 is no longer cased, which decides the form of a sigma beside it. */
const changed = new Set([0x295])

/** What Python makes of every character that it knows, between letters and between digits. */
const expected = ask<Record<'spaces' | 'lower' | 'split' | 'strip' | keyof typeof tokenizers | 'ter', string[]>>(
  `
from sacrebleu.metrics.bleu import _get_tokenizer
from sacrebleu.tokenizers.tokenizer_ter import TercomTokenizer
def all(change):
    return [change(chr(c)) for c in input]
result = {
    'spaces': all(lambda c: str(c.isspace())), 'lower': all(lambda c: ('aΣ' + c).lower() + (c + 'Σ').lower()),
    'split': all(lambda c: '|'.join(('a' + c + 'b').split())), 'strip': all(lambda c: (c + 'a' + c).strip() + '|' + ('a' + c).rstrip()),
    'ter': all(lambda c: TercomTokenizer(True, True, True, False)('x' + c + ' 1' + c + '2')),
}
for name in ['13a', 'intl', 'zh', 'char', 'none']:
    tokenize = _get_tokenizer(name)()
    result[name] = all(lambda c: '|'.join(tokenize('x' + c + 'y 1' + c + '2 ' + c + c).split()))
answer(result)
`,
  characters,
)

const all = (change: (character: string) => string) => characters.map((point) => change(String.fromCodePoint(point)))

/** The characters for which the two differ, for a short message. */
function differences(ours: string[], theirs: string[]): string[] {
  return ours.flatMap((text, i) =>
    text === theirs[i] || changed.has(characters[i] as number)
      ? []
      : [`U+${characters[i]?.toString(16)}: ${JSON.stringify([text, theirs[i]])}`],
  )
}

it('takes every character for white space, and lowercases it, as Python does', () => {
  expect(characters.length).toBeGreaterThan(17_000)
  expect(
    differences(
      all((c) => (c.length === 1 && isSpace(c.charCodeAt(0)) ? 'True' : 'False')),
      expected.spaces,
    ),
  ).toEqual([])
  expect(
    differences(
      all((c) => `aΣ${c}`.toLowerCase() + `${c}Σ`.toLowerCase()),
      expected.lower,
    ),
  ).toEqual([])
  expect(
    differences(
      all((c) => splitWords(`a${c}b`).join('|')),
      expected.split,
    ),
  ).toEqual([])
  expect(
    differences(
      all((c) => `${trim(`${c}a${c}`)}|${trimEnd(`a${c}`)}`),
      expected.strip,
    ),
  ).toEqual([])
})

it.each(Object.entries(tokenizers))(
  'splits every character from its neighbours as sacreBLEU’s %s does',
  (name, { tokenize }) => {
    const ours = all((c) => splitWords(tokenize(`x${c}y 1${c}2 ${c}${c}`)).join('|'))
    expect(differences(ours, expected[name as keyof typeof tokenizers])).toEqual([])
  },
)

it('normalises every character as sacreBLEU’s Tercom does', () => {
  const tokenize = createTercom({ normalized: true, noPunctuation: true, asianSupport: true })
  expect(
    differences(
      all((c) => splitWords(tokenize(`x${c} 1${c}2`)).join(' ')),
      expected.ter,
    ),
  ).toEqual([])
})
