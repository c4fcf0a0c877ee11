import { grouped, plural } from '../../core/format.ts'
import type { MeasureResult } from '../../evaluator/compare.ts'
import type { Conversation, JudgedAnswer } from '../../evaluator/evaluate.ts'
import type { Report } from './document.ts'
import { figuresOf, percentFigures, sentenceCase } from './figures.ts'
import { code, foreign, isolated, table, text } from './markdown.ts'

/** Conversations that are shown. */
const shown = 10

/** The verdict: each promise with its figures, and in words. */
export function verdictSection({ verdict }: Report): string[] {
  return [
    '## Verdict',
    table(
      ['', 'Promise', '>Base', '>Student', '>Difference', '>95 % interval'],
      verdict.promises.map(({ met, measured, promise, figures }) => [
        met ? '✓&nbsp;kept' : `✗&nbsp;not&nbsp;${measured ? 'kept' : 'measured'}`,
        text(promise),
        figures.base,
        figures.student,
        figures.difference,
        figures.interval,
      ]),
    ),
    verdict.promises.map(({ met, sentence }) => `- ${met ? '✓' : '✗'} ${text(sentence)}`).join('\n'),
    'The difference is student − base. The interval is a paired bootstrap over the same rows; where it holds zero, these rows do not tell the two models apart.',
  ]
}

/** Every measure, base against student. */
export function comparisonSection({ evaluation, wish }: Report): string[] {
  const { measures, forgetting, base, student, sampling, limits } = evaluation
  const words = { student: 'student better', base: '**student worse**', undecided: 'undecided' }
  return [
    '## Base against student',
    `Compared are ${code(base)} and ${code(student)}, on the same rows. None of these rows was trained on. Answers are drawn as they are served (temperature ${sampling.temperature ?? '–'}, repeat penalty ${sampling.repeatPenalty ?? '–'}, at most ${limits.answerTokens} tokens); translations are greedy.`,
    `![Forest plot of the differences between student and base; the table below holds the same numbers.](comparison.svg)`,
    table(
      ['Measure', 'Better', '>Base', '>Student', '>Difference', '>95 % interval', '', '>Rows', 'Source'],
      measures.map((result: MeasureResult) => {
        const { value, difference, interval } = figuresOf(result)
        return [
          text(sentenceCase(result.title)),
          result.higherIsBetter ? 'higher&nbsp;↑' : 'lower&nbsp;↓',
          value(result.base),
          value(result.student),
          difference(result.difference),
          interval(result.interval),
          words[result.better],
          grouped(result.units),
          code(result.source),
        ]
      }),
    ),
    ...(forgetting
      ? [
          `Forgetting: on the same English text the student's bits per byte changed by ${percentFigures.difference(forgetting.percent)} ${percentFigures.interval(forgetting.interval)} of the base's; above zero, English was forgotten.`,
        ]
      : []),
    `Bits per byte: how many bits a model needs for a byte of text that people wrote; fewer mean that it knows the language better. chrF++: how much a translation shares with a human one, in letters and words, from 0 to 100. The questions were written in English and translated by ${code(wish.translator)}.`,
  ]
}

/** How the language of an answer is known, and what could not be measured. */
export function limitsSection({ evaluation, wish }: Report): string[] {
  const { languageId, skipped } = evaluation
  return [
    `## How ${text(wish.language.name)} is recognised`,
    text(languageId.note),
    ...(languageId.recognised === undefined
      ? [
          `How often that is right was not measured: there is no text at hand that is known to be ${text(wish.language.name)}.`,
        ]
      : []),
    '## What was skipped',
    skipped.length === 0
      ? 'Nothing: every benchmark was run.'
      : table(
          ['Benchmark', 'Why'],
          skipped.map(({ benchmark, reason }) => [code(benchmark), text(reason)]),
        ),
  ]
}

/** Both models' answers to the same questions, side by side. */
export function conversationsSection({ evaluation, wish }: Report): string[] {
  const { conversations } = evaluation
  const places = evenly(conversations.length, shown)
  if (places.length === 0) return ['## Conversations', 'No held-out questions were asked.']
  const numbers = places.map((place) => place + 1).join(', ')
  return [
    '## Conversations',
    places.length === conversations.length
      ? `All ${plural(conversations.length, 'held-out question')}, with both models' answers as they came.`
      : `${places.length} of the ${conversations.length} held-out questions, chosen by their place in the list alone (numbers ${numbers}), not for how they turned out; all of them are in [report.json](report.json). The answers are as they came.`,
    ...places.flatMap((place) => {
      const conversation = conversations[place]
      return conversation ? sideBySide(conversation, place + 1, wish.language.name, evaluation.limits.answerTokens) : []
    }),
  ]
}

function sideBySide(
  { question, base, student }: Conversation,
  number: number,
  language: string,
  most: number,
): string[] {
  const both = (cell: (answer: JudgedAnswer) => string) => [cell(base), cell(student)]
  return [
    `### ${number}. ${isolated(question.replaceAll(/\s+/g, ' '))}`,
    table(
      ['', 'Base', 'Student'],
      [
        ['Answer', ...both((answer) => foreign(answer.text))],
        [
          `In ${text(language)}?`,
          ...both(({ language: { verdict, reason } }) => `${verdict ? '✓ yes' : '✗ no'}: ${text(reason)}`),
        ],
        ['Loops?', ...both(({ loop }) => (loop.looping ? `✗ yes: ${text(loop.reason)}` : '✓ no'))],
        ['Ended', ...both(({ finishReason }) => ending(finishReason, most))],
      ],
    ),
  ]
}

function ending(finishReason: string, most: number): string {
  if (finishReason === 'stop') return 'by itself'
  return finishReason === 'length' ? `cut off at ${most} tokens` : text(finishReason)
}

/** `count` places of a list, at even distances, from its middle parts: 2, 7, 12, … of 50. */
export function evenly(length: number, count: number): number[] {
  const taken = Math.min(length, count)
  return Array.from({ length: taken }, (_, index) => Math.floor(((index + 0.5) * length) / taken))
}
