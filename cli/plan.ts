import { duration, grouped } from '../core/format.ts'
import { resolveLanguage } from '../data/languages.ts'
import type { RunPlan } from '../trainer/plan.ts'
import type { Rate } from '../trainer/rates.ts'
import { planWish, type WishOptions } from '../trainer/wish.ts'
import type { Register } from './command.ts'
import { count, money, table } from './table.ts'
import { wishOptions } from './wish.ts'

/** `endonym plan <language>`: what `endonym distill` with the same options would ask. */
const register: Register = (program, action) => {
  wishOptions(program.command('plan <language>'))
    .description('what a run would ask, in requests, tokens, time and money, before anything is spent')
    .action(
      action(async (context, query: string, options: WishOptions) => {
        const { plan, problem } = await context.withStore((store) =>
          planWish(resolveLanguage(query), options, { ...context, store }),
        )
        context.print({ ...plan, problem: problem?.message ?? null }, planText(plan))
        // The plan stands, but the run that it is for would be refused: with the same sentence and the same exit code.
        if (problem) throw problem
      }),
    )
}

export default register

function planText({ wish, run, paper, steps, total, rates, notes, verdict }: RunPlan): string {
  const teacher = wish.teacher === 'self' ? 'the student itself' : wish.teacher
  const cells = (step: Omit<RunPlan['steps'][number], 'step' | 'done'>) => [
    count(step.requests),
    count(step.remembered),
    count(step.promptTokens),
    count(step.completionTokens),
    duration(step.seconds),
    step.price === undefined ? 'unknown' : money(step.price),
  ]
  const rows = steps.map((step) => [
    `${step.step}${step.trainingTokens === undefined ? '' : ` on ${grouped(step.trainingTokens)} tokens`}${step.done ? ' (done)' : ''}`,
    ...cells(step),
  ])
  const begun = { new: '', begun: `The run ${run.id} was begun; it goes on where it was cut off.`, done: '' }[
    run.status
  ]
  return [
    `${wish.language.name} by ${paper}, scale ${wish.scale}`,
    `Student ${wish.student}, teacher: ${teacher}, translator: ${wish.translator}.`,
    '',
    table(
      [
        ['STEP', 'REQUESTS', 'REMEMBERED', 'TOKENS IN', 'TOKENS OUT', 'TIME', 'PRICE'],
        ...rows,
        ['total', ...cells(total)],
      ],
      { right: [1, 2, 3, 4, 5, 6] },
    ),
    '',
    'Requests and tokens are at most: what filters drop is not asked on. The times follow from',
    table(
      Object.entries({
        ...(wish.teacher !== 'self' && { 'the teacher writes': [rates.teach, 'tokens'] as const }),
        'the student writes': [rates.generate, 'tokens'] as const,
        ...(wish.translator !== 'teacher' && { 'the translator takes': [rates.translate, 'texts'] as const }),
        'training takes': [rates.train, 'tokens'] as const,
      }).map(([what, [rate, unit]]) => [`  ${what}`, `${grouped(rate.perSecond)} ${unit}/s`, basisOf(rate)]),
      { right: [1] },
    ),
    ...(notes.length > 0 || begun ? ['', ...notes, ...(begun ? [begun] : [])] : []),
    '',
    verdict,
  ].join('\n')
}

function basisOf({ from, basis }: Rate): string {
  return from === 'measured' ? `measured here by the run ${basis}` : `${from}: ${basis}`
}
