import { formatBytes } from '../../core/files.ts'
import { duration, grouped } from '../../core/format.ts'
import { commandOf } from '../history.ts'
import type { Report, ReportFile } from './document.ts'
import { dropsOf, notNeeded } from './funnel.ts'
import { keptCheckpoint, trainingEnd } from './loss.ts'
import { code, foreign, isolated, shell, shellWord, table, text } from './markdown.ts'

/** Characters of a dropped example that are shown. */
const excerpt = 280

export function askedSection({ wish, recipe, student, run, createdAt }: Report): string[] {
  const { language, options } = wish
  const { name, endonym, iso1, iso3, bcp47, script, direction, flores } = language
  const codes = [
    `ISO 639-3 ${iso3}`,
    ...(iso1 ? [`ISO 639-1 ${iso1}`] : []),
    `BCP-47 ${bcp47}`,
    ...(flores ? [`FLORES ${flores}`] : []),
  ]
  return [
    '## What was asked',
    table(
      ['What', 'Which'],
      [
        ['Language', `${text(name)}${endonym ? ` · ${isolated(endonym)}` : ''} (${text(codes.join(', '))})`],
        ['Script', `${text(script)}, ${direction === 'rtl' ? 'right to left' : 'left to right'}`],
        ['Recipe', `${code(recipe.name)}: ${text(recipe.paper)}`],
        ['Scale', text(wish.scale)],
        [
          'Student',
          `${code(wish.student)}: ${grouped(student.parameters)} parameters, ${text(student.quantisation)}, ${formatBytes(student.bytes)}`,
        ],
        ['Teacher', wish.teacher === 'self' ? 'the student itself' : code(wish.teacher)],
        ['Translator', code(wish.translator)],
        ['Seed', text(String(options.seed ?? '–'))],
        ['Run', `${code(run)}, report of ${text(dateOf(createdAt))}`],
      ],
    ),
    [
      `<details><summary>All ${Object.keys(options).length} settings of the recipe</summary>`,
      table(
        ['Setting', '>Value'],
        Object.entries(options).map(([setting, value]) => [code(setting), text(String(value))]),
      ),
      '</details>',
    ].join('\n\n'),
  ]
}

export function dataSection({ data, examples, wish }: Report): string[] {
  return [
    '## From questions to training rows',
    '![Bars for each step: what it kept and what it dropped; the table below holds the same numbers.](funnel.svg)',
    table(
      ['Step', 'What it does', '>Kept', '>Dropped', 'Dropped for'],
      data.funnel.map((step) => {
        const { byFilter, faulty, surplus } = dropsOf(step)
        const reasons = byFilter.map(
          ([filter, count]) =>
            `${filter === notNeeded ? 'not needed, the mix was full' : text(filter)}: ${grouped(count)}`,
        )
        return [
          code(step.step),
          text(step.title),
          grouped(step.kept),
          grouped(faulty + surplus),
          reasons.join('<br>') || '–',
        ]
      }),
    ),
    'A step may make several examples of one: a question with its answer becomes rows of several kinds.',
    ...data.funnel.flatMap(({ step, masked }) => (masked ? [maskedText(step, masked)] : [])),
    ...noted(data.funnel),
    ...(examples.length > 0
      ? [
          'Some of what was dropped (the whole list: <code>endonym runs</code>):',
          table(
            ['Step', 'Filter', 'Reason', 'Text'],
            examples.map((example) => [
              code(example.step),
              text(example.by),
              text(example.reason),
              foreign(shorten(example.text)),
            ]),
          ),
        ]
      : []),
    '## The mix',
    mixTable(data.kinds, wish.language.name),
  ]
}

/** What steps measured and noted beside their counts. */
function noted(funnel: Report['data']['funnel']): string[] {
  const notes = funnel.flatMap(({ notes = [] }) => notes)
  const measured = funnel.flatMap(({ step, measures = {} }) =>
    Object.entries(measures).map(([name, value]) => [code(step), text(name), value.toLocaleString('en')]),
  )
  return [
    ...(notes.length > 0 ? [notes.map((sentence) => `- ${text(sentence)}`).join('\n')] : []),
    ...(measured.length > 0
      ? [
          '<details><summary>What the steps measured</summary>',
          table(['Step', 'Measure', '>Value'], measured),
          '`distinct2` is the share of word pairs that occur once, `effective` the effective number of different texts as a share of those compared (Vendi score of order 2); both are 1 where all differ.',
          '</details>',
        ]
      : []),
  ]
}

/** What says who somebody is, and was masked in the documents that were kept. */
function maskedText(step: string, masked: Record<string, number>): string {
  const names: Record<string, string> = {
    url: 'web addresses',
    email: 'e-mail addresses',
    card: 'card numbers',
    resident: 'resident numbers',
    phone: 'telephone numbers',
    account: 'bank accounts',
    spam: 'spam phrases',
  }
  const counts = Object.entries(masked).sort(([, a], [, b]) => b - a)
  return `Masked or cut in what ${code(step)} kept: ${counts.map(([kind, count]) => `${names[kind] ?? text(kind)} ${grouped(count)}`).join(', ')}.`
}

function mixTable(kinds: Record<string, number>, language: string): string {
  const names = [...new Set(Object.keys(kinds).map((kind) => kind.replace(/^valid\//, '')))]
  const trained = (kind: string) => kinds[kind] ?? 0
  const held = (kind: string) => kinds[`valid/${kind}`] ?? 0
  const total = names.reduce((sum, kind) => sum + trained(kind), 0)
  const heldTotal = names.reduce((sum, kind) => sum + held(kind), 0)
  const percent = (count: number) => (total === 0 ? '–' : `${Math.round((100 * count) / total)} %`)
  const meanings: Record<string, string> = {
    'rich-rich': 'English question, English answer: so that English is not forgotten',
    'target-target': `${language} question, ${language} answer`,
    'rich-target': `English question that asks for an answer in ${language}`,
    'target-rich': `${language} question that asks for an answer in English`,
    'code-switched': `${language} question with some English words, ${language} answer`,
    'partly-translated': `text that is partly English, to be put into ${language}`,
    'target-text': `text in ${language}`,
    'rich-text': 'English text: so that English is not forgotten',
    completion: `beginning of a text in ${language}, to be continued`,
    'to-target': `translation from English to ${language}`,
    'to-rich': `translation from ${language} to English`,
    topic: `message about a topic and answer, both written in ${language}`,
    scenario: `message of somebody in a situation and answer, both written in ${language}`,
    context: `message about a text by people in ${language}, and answer`,
    conversation: `second message and answer of a conversation in ${language}`,
    translated: `English conversation, translated into ${language}`,
  }
  const meaningOf = (kind: string) => {
    const [plain = '', thinking] = kind.split('/')
    return `${meanings[plain] ?? ''}${thinking ? ', with thoughts before the answer' : ''}`
  }
  names.sort((a, b) => trained(b) - trained(a))
  return table(
    ['Kind of row', 'What it is', '>Trained on', '>Share', '>Held out'],
    [
      ...names.map((kind) => [
        code(kind),
        text(meaningOf(kind)),
        grouped(trained(kind)),
        percent(trained(kind)),
        grouped(held(kind)),
      ]),
      ['**All**', '', `**${grouped(total)}**`, '', `**${grouped(heldTotal)}**`],
    ],
  )
}

export function trainingSection({ training }: Report): string[] {
  const kept = keptCheckpoint(training)
  const speed = training.seconds > 0 ? ` (${grouped(training.tokens / training.seconds)} tokens a second)` : ''
  return [
    '## Training',
    '![Loss on training rows and on held-out rows, by step; the numbers are in report.json.](loss.svg)',
    `Training ${trainingEnd(training)}. It read ${grouped(training.tokens)} tokens in ${duration(training.seconds)}${speed} and took ${formatBytes(training.peakMemory)} of memory at its peak.${kept ? ` The checkpoint of step ${grouped(kept.step)} was kept, with a held-out loss of ${kept.loss.toFixed(3)}.` : ''}`,
  ]
}

export function proofSection({ proof }: Report): string[] {
  return [
    '## What was proven before it was served',
    [
      `- Chat template: ${proof.templates} of ${proof.prompts} prompts equal those of the reference implementation (transformers), to the letter and to the token.`,
      `- Stop tokens: ${proof.stopped} of ${proof.prompts} greedy answers of at most 64 tokens ended by themselves. No answer held reasoning.`,
      '- Quantisation: how far each file is from the model at 16 bits.',
    ].join('\n'),
    table(
      ['File', '>Difference of log-likelihoods, nats a token', '>Tolerance', '', '>Greedy answers the same up to'],
      proof.files.map(({ name, difference, tolerance, greedy }) => [
        code(name),
        difference.toFixed(4),
        String(tolerance),
        difference <= tolerance ? '✓&nbsp;within' : '✗&nbsp;beyond',
        `${Math.round(greedy * 100)} % of their length`,
      ]),
    ),
  ]
}

export function costSection({ stages, total, machine }: Report): string[] {
  const row = (name: string, cost: Report['total'], strong = (cell: string) => cell) => [
    name,
    ...[
      duration(cost.seconds),
      cost.peakMemory > 0 ? formatBytes(cost.peakMemory) : '–',
      cost.promptTokens > 0 ? grouped(cost.promptTokens) : '–',
      cost.completionTokens > 0 ? grouped(cost.completionTokens) : '–',
      money(cost.price),
    ].map((cell) => strong(text(cell))),
  ]
  const { cores, memory, cpu, gpu, node } = machine
  return [
    '## Time, memory, tokens and money',
    table(
      ['Step', '>Time', '>Peak memory', '>Tokens read', '>Tokens written', '>Price'],
      [
        ...stages.map((stage) => row(`${code(stage.name)}${stage.done ? '' : ' (not finished)'}`, stage)),
        row('**All**', total, (cell) => `**${cell}**`),
      ],
    ),
    `Tokens are those that the teacher read and wrote. On ${cores} cores (${text(cpu)}), ${formatBytes(memory)} of memory, ${gpu === false ? 'no GPU' : `GPU ${text(gpu)}`}, Node ${text(node)}. Times are summed over every time that a step was taken up; what was remembered from an earlier run took none.`,
  ]
}

export function useSection({ models, evaluation }: Report): string[] {
  const name = shellWord(models.q8)
  const question = evaluation.conversations[0]?.question.replaceAll(/\s+/g, ' ').trim() || 'Hello!'
  const body = JSON.stringify({ model: models.q8, messages: [{ role: 'user', content: question }] })
  return [
    '## How to use it',
    shell(
      `endonym chat ${name}`,
      'endonym serve',
      `curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\`,
      `  -d ${shellWord(body)}`,
    ),
    `Served with less memory: ${code(models.q4)} (4 bits).${models.adapter ? ` On a base that is shared with other languages: ${code(models.adapter)} (LoRA adapter).` : ''}`,
  ]
}

export function filesSection({ files, student, base }: Report): string[] {
  const bases: ReportFile[] = [{ ...student, what: `the base model, ${student.quantisation}, as it was pulled` }]
  if (base.sha256 !== student.sha256) {
    bases.push({ ...base, what: `the same, ${base.quantisation}: what taught, and what the student is compared with` })
  }
  return [
    '## Files',
    table(
      ['File', '>Size', 'SHA-256'],
      [...bases, ...files].map(({ name, what, bytes, sha256 }) => [
        `${code(name)}<br>${text(what)}`,
        formatBytes(bytes),
        code(sha256),
      ]),
    ),
  ]
}

export function repeatSection({ run, wish }: Report): string[] {
  return [
    '## How to repeat it',
    shell(commandOf(run, wish)),
    'In the same home this finds the finished run; with `--home` and an empty folder it makes everything anew. The seed makes the same questions, rows and draws; another processor or another number of threads may change the last digits of training.',
  ]
}

/** `24 November 2026`; the text itself where it is no date. */
export function dateOf(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
}

export function money(price: number): string {
  if (price === 0) return '$0'
  return price < 0.01 ? '< $0.01' : `$${price.toFixed(2)}`
}

function shorten(value: string): string {
  const characters = [...value]
  return characters.length <= excerpt ? value : `${characters.slice(0, excerpt).join('').trimEnd()} …`
}
