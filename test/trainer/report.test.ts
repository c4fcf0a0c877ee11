import crypto from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { duration } from '../../core/format.ts'
import type { MeasureResult } from '../../evaluator/compare.ts'
import type { Evaluation } from '../../evaluator/evaluate.ts'
import { clean, shellWord, text } from '../../trainer/report/markdown.ts'
import { evenly } from '../../trainer/report/result.ts'
import { type Outcome, type ReportInput, summaryText, writeReport } from '../../trainer/report.ts'
import { answer, demoMeasures, measure, reportInput } from './report-input.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'report-'))
afterAll(() => fs.rmSync(root, { recursive: true }))

let runs = 0
function write(change: (input: ReportInput) => Partial<ReportInput> = () => ({})) {
  const input = reportInput(path.join(root, String(runs++)))
  const written = writeReport({ ...input, ...change(input) })
  return { ...written, page: fs.readFileSync(written.markdown, 'utf8') }
}

const evaluated = (changes: Partial<Evaluation>) =>
  write(({ evaluation }) => ({ evaluation: { ...evaluation, ...changes } }))

/** The demo's measures with one of them replaced. */
const replaced = (result: MeasureResult) =>
  demoMeasures().map((each) => (each.benchmark === result.benchmark && each.measure === result.measure ? result : each))

const outcomeOf = (written: { report: { verdict: { promises: Outcome[] } } }, name: Outcome['name']) =>
  written.report.verdict.promises.find((promise) => promise.name === name) as Outcome

describe('the verdict', () => {
  test('every promise of the demo is judged with its figures', () => {
    const { report, json } = write()
    expect(report.verdict.promises.map(({ name, met }) => [name, met])).toEqual([
      ['bits-per-byte', true],
      ['language-share', true],
      ['translation', true],
      ['english-kept', true],
      ['loops', true],
    ])
    expect(report.verdict.sentence).toBe('All 5 promises are kept.')
    const document = JSON.parse(fs.readFileSync(json, 'utf8'))
    expect(document.version).toBe(1)
    expect(document.verdict.promises[0]).toMatchObject({
      base: 2.583,
      student: 2.221,
      interval: [-0.414, -0.31],
      met: true,
    })
    expect(document.evaluation.conversations).toHaveLength(50)
    expect(document.training.curve.length).toBeGreaterThan(400)
  })

  test('an interval that holds zero breaks a promise, however good the difference looks', () => {
    const written = evaluated({
      measures: replaced(
        measure('udhr-bits-glg', 'bits-per-byte', 'bits per byte of Galician (UDHR)', false, [2.6, 2.2, -0.9, 0.1], 3),
      ),
    })
    const outcome = outcomeOf(written, 'bits-per-byte')
    expect(outcome.met).toBe(false)
    expect(outcome.sentence).toContain('these 3 rows do not tell the two apart: not kept')
    expect(written.report.verdict.sentence).toMatch(/^4 of 5 promises are kept\. Not kept: “Predicts Galician better/)
    expect(written.page).toContain('✗&nbsp;not&nbsp;kept | Predicts Galician better')
    expect(summaryText(written)).toMatch(/✗ Bits per byte of Galician .* not kept/)
  })

  test('a student that is clearly worse is called worse', () => {
    const written = evaluated({
      measures: replaced(measure('udhr-eng-glg', 'chrf++', 'chrF++ English → Galician (UDHR)', true, [20, 14, -8, -4])),
    })
    expect(outcomeOf(written, 'translation')).toMatchObject({ met: false })
    expect(outcomeOf(written, 'translation').sentence).toContain('The student is worse')
    expect(written.page).toContain('- Worse at: chrF++ English → Galician (UDHR) (20.0 → 14.0).')
  })

  test('translation is judged on the Declaration even where FLORES+ would say something nicer', () => {
    const udhr = measure('udhr-eng-glg', 'chrf++', 'chrF++ English → Galician (UDHR)', true, [13, 13.5, -1, 2])
    const flores = measure('flores-eng-glg', 'chrf++', 'chrF++ English → Galician (FLORES+)', true, [13, 20, 5, 9])
    const both = [flores, ...replaced(udhr)]
    expect(outcomeOf(evaluated({ measures: both }), 'translation')).toMatchObject({
      met: false,
      benchmark: 'udhr-eng-glg',
    })
    const only = both.filter(({ benchmark }) => benchmark !== 'udhr-eng-glg')
    expect(outcomeOf(evaluated({ measures: only }), 'translation')).toMatchObject({
      met: true,
      benchmark: 'flores-eng-glg',
    })
  })

  test('English may get worse by 5 % and no more, and an interval beyond that is said', () => {
    const forgot = (percent: number, low: number, high: number) =>
      outcomeOf(evaluated({ forgetting: { percent, interval: [low, high] } }), 'english-kept')
    expect(forgot(5, 4, 4.9).met).toBe(true)
    expect(forgot(5.1, 5.05, 5.2)).toMatchObject({ met: false, difference: 5.1 })
    expect(forgot(5.1, 5.05, 5.2).sentence).toMatch(/More than 5 % worse: not kept\.$/)
    expect(forgot(4, 2, 6).sentence).toMatch(/kept\. The interval holds 5 %, so other text might say otherwise\.$/)
  })

  test('loops: as many are allowed, more are not', () => {
    const loops = (base: number, student: number, low: number, high: number) =>
      outcomeOf(
        evaluated({
          measures: replaced(
            measure('answers', 'looping-share', 'answers that loop', false, [base, student, low, high]),
          ),
        }),
        'loops',
      )
    expect(loops(0, 0, 0, 0).met).toBe(true)
    expect(loops(0.1, 0.12, -0.1, 0.14)).toMatchObject({ met: false })
    expect(loops(0.1, 0.12, -0.1, 0.14).sentence).toContain('More often: not kept. The interval holds zero')
    expect(loops(0.1, 0.4, 0.2, 0.5).sentence).toContain('clear of zero: not kept')
  })

  test('what was not measured is not kept, and why is said', () => {
    const written = evaluated({
      measures: [],
      skipped: [{ benchmark: 'udhr-bits-glg', reason: 'There is no such text.' }],
    })
    expect(written.report.verdict.kept).toBe(0)
    expect(outcomeOf(written, 'bits-per-byte')).toMatchObject({
      measured: false,
      met: false,
      base: null,
      interval: null,
      sentence: 'Not measured, so not kept. There is no such text.',
    })
    expect(written.page).toContain('✗&nbsp;not&nbsp;measured')
    expect(summaryText(written)).toMatch(/✗ Bits per byte of Galician +not measured/)
  })

  test('numbers that are none do not become promises kept', () => {
    const nan = Number.NaN
    const written = evaluated({
      measures: demoMeasures().map((each) => ({
        ...each,
        base: nan,
        student: nan,
        difference: nan,
        interval: [nan, nan] as const,
        better: 'undecided' as const,
      })),
      forgetting: { percent: nan, interval: [nan, nan] },
    })
    expect(written.report.verdict.kept).toBe(0)
    expect(JSON.parse(fs.readFileSync(written.json, 'utf8')).verdict.promises[0].base).toBeNull()
    expect(written.page).not.toContain('NaN')
    expect(fs.readFileSync(path.join(written.folder, 'comparison.svg'), 'utf8')).not.toContain('NaN')
  })
})

const hostile = [
  'a | b',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '</div></td></table>',
  '```\n# not a heading\n| not | a table |\n```',
  '[a link](http://evil.example) www.evil.example <http://evil.example> me@evil.example',
  '\u202ebackwards\u202c \u2068open',
  '&lt;b&gt; &#60;b&#62; \\| ~~x~~ $x$ **x**',
]

describe('texts of models and data', () => {
  test('text() shows any text as it is, and nothing of it is Markdown or HTML', () => {
    const decode = (shown: string) =>
      shown.replaceAll('<br>', '\n').replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    const strings = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...hostile, ...'|<>&`*_~[]()#@$:\\\n\r "w.') }),
    )
    fc.assert(
      fc.property(strings, (value) => {
        const shown = text(value)
        expect(shown.replaceAll('<br>', ' ').replaceAll(/&#\d+;/g, '')).not.toMatch(
          /[|<>&`*_~[\]#$@\\{}\n\r]|:\S|www\./i,
        )
        expect(decode(shown)).toBe(clean(value).trim())
      }),
    )
  })

  test('a page of hostile texts has the same tables, and no tag that is not ours', () => {
    const nasty = hostile.join('\n\n')
    const { page, folder } = write((input) => ({
      examples: [{ step: nasty, by: nasty, reason: nasty, text: nasty }],
      student: { ...input.student, name: nasty },
      models: { ...input.models, q8: nasty, q4: nasty, adapter: nasty },
      wish: { ...input.wish, student: nasty, translator: nasty, language: { ...input.wish.language, endonym: nasty } },
      data: {
        ...input.data,
        kinds: { [nasty]: 3 },
        funnel: [{ step: nasty, title: nasty, kept: 1, dropped: { [nasty]: 2 } }],
      },
      evaluation: {
        ...input.evaluation,
        skipped: [{ benchmark: nasty, reason: nasty }],
        measures: [measure('answers', 'language-share', nasty, true, [0, 1, 0.5, 1])],
        conversations: [{ question: nasty, base: answer(nasty), student: answer(nasty) }],
      },
    }))
    const outside = page.replaceAll(/^```sh\n[\s\S]*?\n```$/gm, '')
    const tags = new Set([...outside.matchAll(/<\/?([a-z]+)[^>]*>/gi)].map(([, tag]) => tag))
    expect([...tags].sort()).toEqual(['br', 'code', 'details', 'div', 'summary'])
    for (const block of outside.split('\n\n').filter((each) => each.startsWith('|'))) {
      const widths = new Set(block.split('\n').map((row) => row.split('|').length))
      expect(widths.size, block).toBe(1)
    }
    expect(outside).not.toMatch(/\u202e|http:\/\/evil|www\.evil/)
    for (const name of ['loss', 'comparison', 'funnel']) {
      expect(fs.readFileSync(path.join(folder, `${name}.svg`), 'utf8')).not.toContain('<script')
    }
  })

  test('right-to-left answers are set in a block of their own direction', () => {
    const { page } = evaluated({
      conversations: [{ question: 'چۆن؟', base: answer('Hello'), student: answer('ئاو و ئارد،\nتێکەڵ بکە!') }],
    })
    expect(page).toContain('<div dir="auto">ئاو و ئارد،<br>تێکەڵ بکە!</div>')
    expect(page).toContain('### 1. \u2068چۆن؟\u2069')
  })

  test('a shell word is one word to a shell', () => {
    expect(shellWord('gl@smollm2-135m-instruct.q4_k_m')).toBe('gl@smollm2-135m-instruct.q4_k_m')
    expect(shellWord("it's $(here) `now`")).toBe("'it'\\''s $(here) `now`'")
  })
})

describe('the page', () => {
  test('holds what was asked, what it cost, the files, and how to use and repeat it', () => {
    const folder = path.join(root, 'whole')
    fs.mkdirSync(folder)
    fs.writeFileSync(path.join(folder, 'train.jsonl'), '{"prompt":[]}\n')
    const files = [
      { name: 'gl@smollm2-135m-instruct', what: 'the student, 8 bits', bytes: 144_810_880, sha256: 'f'.repeat(64) },
    ]
    const input = reportInput(folder, { files })
    const stored = { file: path.join(folder, 'blob'), parameters: 1 }
    const written = writeReport({
      ...input,
      base: { ...input.base, ...stored },
      student: { ...stored, ...input.student },
    })
    const page = fs.readFileSync(written.markdown, 'utf8')
    const hash = crypto.createHash('sha256').update('{"prompt":[]}\n').digest('hex')
    for (const part of [
      '# Galician · \u2068galego\u2069',
      'a language model of 135 million parameters, fine-tuned on 780 rows',
      `<code>train.jsonl</code><br>rows that were trained on | 14&nbsp;bytes | <code>${hash}</code>`,
      `144.8&nbsp;MB | <code>${'f'.repeat(64)}</code>`,
      'endonym chat gl@smollm2-135m-instruct\n',
      '--set tokens=50000 --run gl-sdrrl-demo-df1bd6\n',
      '**20&nbsp;min&nbsp;54&nbsp;s**',
      'The checkpoint of step 1,410 was kept, with a held-out loss of 1.865.',
      'not needed, the mix was full: 1,389',
      'FLORES+ was left out',
      'It recognises',
      '(numbers 3, 8, 13, 18, 23, 28, 33, 38, 43, 48)',
    ]) {
      expect(page).toContain(part)
    }
    expect(page).not.toContain(folder)
    expect(fs.readFileSync(written.json, 'utf8')).not.toContain(folder)
    expect(page.match(/^### /gm)).toHaveLength(10)
    expect(page).not.toMatch(/undefined|NaN|\[object/)
  })

  test('written again from the same run, it is the same to the byte', () => {
    const input = reportInput(path.join(root, 'again'))
    const read = () =>
      fs
        .readdirSync(input.folder)
        .sort()
        .map((name) => fs.readFileSync(path.join(input.folder, name), 'utf8'))
    writeReport(input)
    const first = read()
    writeReport(input)
    expect(read()).toEqual(first)
    expect(first).toHaveLength(5)
  })

  test('a folder that cannot be written is said in a sentence', () => {
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    expect(() => writeReport(reportInput(path.join(file, 'run')))).toThrow(/cannot be written/)
  })

  test('conversations are taken at even distances', () => {
    expect(evenly(50, 10)).toEqual([2, 7, 12, 17, 22, 27, 32, 37, 42, 47])
    expect(evenly(3, 10)).toEqual([0, 1, 2])
    expect(evenly(0, 10)).toEqual([])
  })

  test('times are read as people say them', () => {
    expect([0, 0.03, 12.4, 59.6, 200, 3599.7, 7199].map(duration)).toEqual([
      '0 s',
      '< 1 s',
      '12 s',
      '1 min 0 s',
      '3 min 20 s',
      '1 h 0 min',
      '2 h 0 min',
    ])
  })

  test('the terminal gets at most 25 lines', () => {
    const lines = summaryText(write()).split('\n')
    expect(lines.length).toBeLessThanOrEqual(25)
    expect(lines[0]).toBe('Galician (galego): 5 of 5 promises kept.')
  })
})

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  fs.existsSync(file),
)

describe.skipIf(!executablePath)('the pictures in a browser', () => {
  let browser: Browser
  let tab: Page
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    tab = await browser.newPage()
  })
  afterAll(() => browser?.close())

  const long = 'Some Language of a Rather Long Name'
  const cases: [string, (input: ReportInput) => Partial<ReportInput>][] = [
    ['of the demo', () => ({})],
    [
      'of a short training and long names',
      ({ training, data, evaluation }) => ({
        training: {
          ...training,
          steps: 12,
          adapter: 'checkpoint-12',
          curve: [
            { step: 5, epoch: 0.4, loss: 3.677, split: 'train' },
            { step: 5, epoch: 0.4, loss: 3.733, split: 'valid' },
            { step: 12, epoch: 1, loss: 3.482, split: 'valid' },
          ],
        },
        data: {
          ...data,
          funnel: [
            {
              step: 'a',
              title: `${long}, `.repeat(4),
              kept: 1,
              dropped: { [long]: 1, budget: 1_000_000, [`${long}er`]: 2 },
            },
          ],
        },
        evaluation: {
          ...evaluation,
          measures: [
            measure('flores-a-b', 'chrf++', `chrF++ ${long} → ${long} (FLORES+)`, true, [13.81, 12.2, -5.1, 2]),
            measure('answers', 'looping-share', 'answers that loop', false, [0, 0.3, 0.18, 0.42], 1012),
            measure('answers', 'language-share', `answers in ${long}`, true, [0, 0, 0, 0]),
            measure(
              'udhr-bits-x',
              'bits-per-byte',
              `bits per byte of ${long} (UDHR)`,
              false,
              [12.9, 15.02, 1.08, 3.13],
            ),
          ],
        },
      }),
    ],
    [
      'of nothing',
      ({ training, data, evaluation }) => ({
        training: { ...training, curve: [] },
        data: { ...data, funnel: [] },
        evaluation: { ...evaluation, measures: [] },
      }),
    ],
  ]

  test.each(cases)('%s: well-formed, named, and no label is cut off or covers another', async (_, change) => {
    const { folder } = write(change)
    for (const name of ['loss', 'comparison', 'funnel']) {
      const svg = fs.readFileSync(path.join(folder, `${name}.svg`), 'utf8')
      const found = await tab.evaluate((source) => {
        const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
        if (parsed.querySelector('parsererror')) return undefined
        document.body.replaceChildren(document.importNode(parsed.documentElement, true))
        const { width, height } = document.body.firstElementChild?.getBoundingClientRect() ?? { width: 0, height: 0 }
        const origin = document.body.firstElementChild?.getBoundingClientRect() ?? { x: 0, y: 0 }
        const labels = [...document.querySelectorAll('text')].map((each) => {
          const box = each.getBoundingClientRect()
          return {
            text: each.textContent ?? '',
            left: box.x - origin.x,
            right: box.right - origin.x,
            top: box.y - origin.y,
            bottom: box.bottom - origin.y,
          }
        })
        return {
          width,
          height,
          labels,
          title: document.querySelector('title')?.textContent,
          description: document.querySelector('desc')?.textContent,
        }
      }, svg)
      if (!found) throw new Error(`${name}.svg is not well-formed XML.`)
      expect(found.title).toBeTruthy()
      expect(found.description).toBeTruthy()
      for (const label of found.labels) {
        const inside =
          label.left >= 4 && label.right <= found.width - 4 && label.top >= 4 && label.bottom <= found.height - 4
        expect(inside, `"${label.text}" is cut off in ${name}.svg: ${JSON.stringify(label)}`).toBe(true)
      }
      for (const [index, a] of found.labels.entries()) {
        for (const b of found.labels.slice(index + 1)) {
          // Boxes of lines that follow each other touch by the room for accents.
          const covers = a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom
          expect(covers, `"${a.text}" covers "${b.text}" in ${name}.svg`).toBe(false)
        }
      }
    }
  })
})
