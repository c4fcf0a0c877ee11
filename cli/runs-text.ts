import { formatBytes } from '../core/files.ts'
import { duration, grouped, plural } from '../core/format.ts'
import type { RunDetail, RunSummary, StageDetail } from '../trainer/history.ts'
import type { RecordedExample, RememberedRequest, RowLineage, TracedExample } from '../trainer/lineage.ts'
import { count, money, table } from './table.ts'

/** What `endonym runs` prints for people. */
export function listText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'No runs yet: endonym distill <language>'
  return table(
    [
      ['ID', 'LANGUAGE', 'RECIPE', 'SCALE', 'STATUS', 'STARTED', 'TIME', 'TOKENS', 'PRICE'],
      ...runs.map((run) => [
        run.id,
        run.language,
        run.recipe,
        run.scale,
        run.status,
        started(run.createdAt),
        duration(run.seconds),
        count(run.promptTokens + run.completionTokens),
        money(run.price),
      ]),
    ],
    { right: [6, 7, 8] },
  )
}

/** Local time, to the minute. */
const started = (iso: string): string => new Date(iso).toLocaleString('sv').slice(0, 16)

export function detailText(run: RunDetail): string {
  const { wish } = run
  const teacher = wish.teacher === 'self' ? 'the student itself' : wish.teacher
  const parts = [
    `${run.id}: ${run.language} by ${run.recipe} at scale ${run.scale}, ${run.status}${run.error ? `: ${run.error}` : ''}`,
    `Started ${started(run.createdAt)}. Student ${wish.student}, teacher: ${teacher}, translator: ${wish.translator}.`,
    '',
    stagesText(run),
    '',
    funnelText(run),
  ]
  if (run.models.length > 0) {
    parts.push('', 'Models:')
    parts.push(
      table(
        run.models.map(({ name, role, quantisation, bytes }) => [`  ${name}`, role, quantisation, formatBytes(bytes)]),
        {
          right: [3],
        },
      ),
    )
  }
  parts.push('', run.report ? `Report card: ${run.report}` : `Folder: ${run.folder} (it has no report card yet)`)
  if (run.status === 'stopped' || run.status === 'failed') parts.push(`To go on: ${run.command}`)
  return parts.join('\n')
}

function stagesText(run: RunDetail): string {
  const sum = (of: (stage: StageDetail) => number) => run.stages.reduce((total, stage) => total + of(stage), 0)
  const rows = run.stages.map((stage) => [
    stage.name,
    stage.status === 'running' && run.status !== 'running' ? 'cut off' : stage.status,
    count(stage.asked),
    count(stage.remembered),
    count(stage.failed),
    count(stage.completionTokens),
    stage.tokensPerSecond === undefined ? '' : count(Math.round(stage.tokensPerSecond)),
    duration(stage.seconds),
    formatBytes(stage.peakMemory),
    money(stage.spent),
    toGo(stage),
  ])
  const total = [
    'total',
    '',
    count(sum(({ asked }) => asked)),
    count(sum(({ remembered }) => remembered)),
    count(sum(({ failed }) => failed)),
    count(run.completionTokens),
    '',
    duration(run.seconds),
    formatBytes(run.peakMemory),
    money(sum(({ spent }) => spent)),
    '',
  ]
  const head = [
    'STAGE',
    'STATUS',
    'ASKED',
    'REMEMBERED',
    'FAILED',
    'TOKENS',
    'TOKENS/S',
    'TIME',
    'PEAK MEMORY',
    'SPENT',
  ]
  return table([[...head, 'TO GO'], ...rows, total], { right: [2, 3, 4, 5, 6, 7, 8, 9, 10] })
}

/** What is left of a stage that is running or was cut off. */
function toGo({ status, progress }: StageDetail): string {
  if (status === 'done' || progress?.total === undefined) return ''
  return `${count(Math.max(0, progress.total - progress.done))}${progress.unit ? ` ${progress.unit}` : ''}`
}

/** What each step kept and dropped, and what it measured and noted. */
export function funnelText({ funnel }: Pick<RunDetail, 'funnel'>): string {
  const counted = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, number]) => `${name} ${number.toLocaleString('en')}`)
      .join(', ')
  const measured = funnel.some(({ measures = {} }) => Object.keys(measures).length > 0)
  const rows = funnel.map(({ step, kept, dropped, measures = {} }) => {
    const reasons = Object.entries(dropped).sort(([, a], [, b]) => b - a)
    const total = reasons.reduce((sum, [, number]) => sum + number, 0)
    return [
      step,
      kept.toLocaleString('en'),
      total.toLocaleString('en'),
      counted(Object.fromEntries(reasons)),
      ...(measured ? [counted(measures)] : []),
    ]
  })
  const head = ['STEP', 'KEPT', 'DROPPED', 'WHY', ...(measured ? ['MEASURED'] : [])]
  const notes = funnel.flatMap(({ notes = [] }) => notes)
  return [table([head, ...rows], { right: [1, 2] }), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** An example, with the id that `--trace` takes. */
export function exampleText(example: RecordedExample): string {
  const { step, id, kind, dropped, parents } = example
  const fate = dropped ? `dropped by ${dropped.by}: ${dropped.reason}` : 'kept'
  const lines = [`${step}/${id}  ${kind}, ${fate}`]
  if (example.origin !== undefined) lines.push(indented(`from ${example.origin}`))
  if (example.text !== undefined) lines.push(indented(example.text))
  for (const [part, messages] of [
    ['', example.source],
    [example.source ? 'translated ' : '', example.target],
    ['', example.prompt],
    ['', example.completion],
  ] as const) {
    for (const { role, content } of messages ?? []) lines.push(indented(`${part}${role}: ${content}`))
  }
  if (example.reasoning !== undefined) lines.push(indented(`thought: ${example.reasoning}`))
  if (example.unknown && example.unknown.length > 0) lines.push(`  left untranslated: ${example.unknown.join(', ')}`)
  if (parents.length > 0) lines.push(`  from ${parents.join(', ')}`)
  return lines.join('\n')
}

/** An example's lineage, from the question down. */
export function traceText(traced: readonly TracedExample[]): string {
  const passed = ({ dropped, passed }: TracedExample) =>
    dropped || passed.length === 0 ? [] : [`  passed, as others there did not: ${passed.join(', ')}`]
  return traced
    .map((example) => [exampleText(example), ...passed(example), ...example.asked.map(requestText)].join('\n'))
    .join('\n\n')
}

/** A row with everything that it was made from. */
export function rowText({ number, rows, split, cost, lineage }: RowLineage): string {
  const { requests, promptTokens, completionTokens, seconds, price } = cost
  return [
    `Row ${grouped(number)} of ${grouped(rows)}, ${split === 'valid' ? 'held out' : 'trained on'}. It comes of ${plural(requests, 'request')}: ${grouped(promptTokens)} tokens in, ${grouped(completionTokens)} out, ${duration(seconds)}${price > 0 ? `, ${money(price)}` : ''}.`,
    '',
    traceText(lineage),
  ].join('\n')
}

function requestText({ hash, kind, source, request, response, seconds, price }: RememberedRequest): string {
  if (kind === undefined) return `  asked ${hash.slice(0, 12)}: memory has lost it`
  const cost = [`${(seconds ?? 0).toFixed(1)} s`, ...(price ? [money(price)] : [])].join(', ')
  const { reasoning } = (response ?? {}) as { reasoning?: unknown }
  return [
    `  asked ${hash.slice(0, 12)}, ${kind} by ${source} (${cost})`,
    indented(said(request), 4),
    ...(typeof reasoning === 'string' ? [indented(`(thought) ${reasoning}`, 4)] : []),
    indented(`→ ${said(response)}`, 4),
  ].join('\n')
}

/** What was asked or answered, in its words where it has some. */
function said(value: unknown): string {
  const { text, messages } = (value ?? {}) as { text?: unknown; messages?: { role: string; content: string }[] }
  if (typeof text === 'string') return text
  if (Array.isArray(messages)) return messages.map(({ role, content }) => `${role}: ${content}`).join('\n')
  return JSON.stringify(value)
}

const indented = (text: string, spaces = 2): string => text.replace(/^/gm, ' '.repeat(spaces))
