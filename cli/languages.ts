import { InvalidArgumentError } from 'commander'
import type { Language } from '../data/language.ts'
import { allLanguages, findLanguages, resolveLanguage } from '../data/languages.ts'
import type { Register } from './command.ts'

/** `endonym languages [query]`: which languages there are, and by what names and codes each is known. */
const register: Register = (program, action) => {
  program
    .command('languages')
    .description('find a language by a name in any language, a part of one, or a code')
    .argument('[query]', 'for example: Galician, galego, gallego, gl, glg, glg_Latn, zh-Hant')
    .option('--limit <n>', 'show at most so many', wholeNumber, 20)
    .action(
      action(async ({ print }, query: string | undefined, { limit }: { limit: number }) => {
        if (query === undefined) return print(allLanguages(), overview())
        const found = findLanguages(query, limit)
        if (found.length === 0) resolveLanguage(query)
        print(found, table(found))
      }),
    )
}

export default register

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

function overview(): string {
  const all = allLanguages()
  const measured = new Set(all.flatMap((language) => language.flores ?? [])).size
  const named = all.filter((language) => language.endonym).length
  return [
    `Endonym knows ${all.length.toLocaleString('en')} languages: ${named.toLocaleString('en')} by their own name, ${measured} with a FLORES-200 benchmark.`,
    'Search with a name or a part of one in any language, or a code:',
    '',
    '  endonym languages galego',
    '  endonym languages "Kurdish (Sorani)"',
    '  endonym languages zh-Hant',
  ].join('\n')
}

const columns: readonly [string, (language: Language) => string | undefined][] = [
  ['Language', ({ name }) => name],
  ['BCP-47', ({ bcp47 }) => bcp47],
  ['ISO 639-1', ({ iso1 }) => iso1],
  ['ISO 639-3', ({ iso3 }) => iso3],
  ['Script', ({ script, direction }) => (direction === 'rtl' ? `${script} rtl` : script)],
  ['FLORES', ({ flores }) => flores],
  // Last, because no one knows how wide a terminal draws it.
  ['Endonym', ({ endonym }) => endonym],
]

function table(languages: readonly Language[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...languages.map((language) => columns.map(([, of]) => of(language) ?? '–')),
  ]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)))
  return rows
    .map((row) => row.map((cell, i) => (i < row.length - 1 ? pad(cell, widths[i] ?? 0) : cell)).join('  '))
    .join('\n')
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - [...cell].length))
}
