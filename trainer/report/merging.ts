import { grouped } from '../../core/format.ts'
import type { Report } from './document.ts'
import { trainingEnd } from './loss.ts'
import { table, text } from './markdown.ts'

/** What followed the training: the rows of another run, and the merge with the instruct model; nothing where the recipe has neither. */
export function mergingSection({ tuned, merge, wish }: Report): string[] {
  return [
    ...(tuned
      ? [
          '## Taught to talk',
          `The rows of the run ${text(String(wish.options.sftRun))} followed: that training ${trainingEnd(tuned)}, on ${grouped(tuned.tokens)} tokens.`,
        ]
      : []),
    ...(merge ? ['## Merged with the model that it was', ...mergeText(merge, wish.language.name)] : []),
  ]
}

function mergeText({ instruct, sweep, beta }: NonNullable<Report['merge']>, language: string): string[] {
  const titles: Record<string, string> = { 'target-text': text(language), 'rich-text': 'English' }
  const kinds = Object.keys(instruct)
  const row = (name: string, bits: Record<string, number>, kept: boolean) =>
    [name, ...kinds.map((kind) => bits[kind]?.toFixed(3) ?? '–'), kept ? '✓&nbsp;kept' : ''].map((cell) =>
      kept ? `**${cell}**` : cell,
    )
  return [
    'Text teaches a model the language and lets it forget how to talk. So what was learned was added to the instruct model in part: instruct + β · (trained − instruct), which is what BYOL’s formula comes to where training started from the instruct model itself and no pre-trained model lies beside it. Of the values of β that were tried the one that needs the fewest bits for a byte of the held-out text was kept, both languages counting alike.',
    table(
      ['β', ...kinds.map((kind) => `>Bits per byte of ${titles[kind] ?? text(kind)}`), ''],
      [
        row('0: the instruct model', instruct, false),
        ...sweep.map((point) => row(String(point.beta), point.bits, point.beta === beta)),
      ],
    ),
  ]
}
