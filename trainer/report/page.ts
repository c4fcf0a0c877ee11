import { duration, grouped } from '../../core/format.ts'
import type { MeasureResult } from '../../evaluator/compare.ts'
import { recipeOf } from '../recipes.ts'
import type { Report } from './document.ts'
import { figuresOf, sentenceCase } from './figures.ts'
import {
  askedSection,
  costSection,
  dataSection,
  dateOf,
  filesSection,
  money,
  proofSection,
  repeatSection,
  trainingSection,
  useSection,
} from './making.ts'
import { code, isolated, text } from './markdown.ts'
import { mergingSection } from './merging.ts'
import { plannedSection } from './planned.ts'
import { comparisonSection, conversationsSection, limitsSection, verdictSection } from './result.ts'

/** The report card as a page, `report.md`: first what everyone asks, then how it came about. */
export function page(report: Report): string {
  const { name, endonym } = report.wish.language
  return [
    `# ${text(name)}${endonym ? ` · ${isolated(endonym)}` : ''}`,
    `Report card of the run ${code(report.run)}, ${text(dateOf(report.createdAt))}.`,
    ...plainWords(report),
    ...verdictSection(report),
    ...useSection(report),
    ...comparisonSection(report),
    ...conversationsSection(report),
    ...limitsSection(report),
    ...askedSection(report),
    ...dataSection(report),
    ...trainingSection(report),
    ...mergingSection(report),
    ...proofSection(report),
    ...costSection(report),
    ...plannedSection(report),
    ...filesSection(report),
    ...repeatSection(report),
    '',
  ].join('\n\n')
}

/** What was made, whether it is better, at what, and what it is not good at, for someone who has never trained a model. */
function plainWords(report: Report): string[] {
  const { wish, student, recipe, data, machine, total, verdict, evaluation } = report
  const language = text(wish.language.name)
  const about = recipeOf(wish.recipe).about?.(wish.options)
  const teacher =
    wish.teacher === 'self'
      ? 'answers that the model itself gave in English, translated'
      : `answers of ${code(wish.teacher)}, translated`
  const trained = Object.entries(data.kinds).reduce(
    (sum, [kind, rows]) => sum + (kind.startsWith('valid/') ? 0 : rows),
    0,
  )
  const by = (better: MeasureResult['better']) => list(evaluation.measures.filter((result) => result.better === better))
  return [
    '## In plain words',
    `**What was made.** A small chat model that was taught ${language}: ${code(student.name)}, a language model of ${million(student.parameters)} parameters, fine-tuned on ${grouped(trained)} rows by the recipe ${text(recipe.paper)}. ${about ? text(about.made) : `The rows are made of English sentences and of ${teacher} by ${code(wish.translator)}.`} It took ${duration(total.seconds)} on ${machine.cores} cores${machine.gpu === false ? ' without a GPU' : ` and a GPU (${text(machine.gpu)})`}; ${total.price === 0 ? 'nothing had to be paid for requests' : `requests cost ${money(total.price)}`}.`,
    `**Is it better than before?** ${text(verdict.sentence)}`,
    [
      `- Better at: ${by('student') || 'nothing that was measured'}.`,
      `- No clear difference: ${by('undecided') || 'none'}.`,
      `- Worse at: ${by('base') || 'nothing that was measured'}.`,
    ].join('\n'),
    '**What it is not good at.**',
    weaknesses(report)
      .map((sentence) => `- ${sentence}`)
      .join('\n'),
  ]
}

function weaknesses({ wish, student, evaluation }: Report): string[] {
  const language = text(wish.language.name)
  const about = recipeOf(wish.recipe).about?.(wish.options)
  const find = (measure: string) => evaluation.measures.filter((result) => result.measure === measure)
  const share = (measure: string, write: (value: number) => number) =>
    find(measure)
      .filter(({ student }) => Number.isFinite(student))
      .map((result) => figuresOf(result).value(write(result.student)))
  const [astray] = share('language-share', (value) => 1 - value)
  const [looping] = share('looping-share', (value) => value)
  const chrf = find('chrf++')
    .map(
      (result) =>
        `${figuresOf(result).value(result.student)} for ${text(sentenceCase(result.title).replace('chrF++ ', ''))}`,
    )
    .join(', ')
  return [
    ...(student.parameters < 2e9
      ? [
          `Facts. With ${million(student.parameters)} parameters it is a demonstration: it knows little, makes things up and does not notice. Do not rely on what it says.`,
        ]
      : []),
    'Truth and tone were not measured: every number here is counted by a program, and no native speaker has judged it.',
    about
      ? text(about.weakness)
      : `It learned from machine translation (${code(wish.translator)}) and repeats its mistakes.`,
    ...(astray && looping
      ? [`Of its answers to the held-out questions ${astray} are not in ${language} and ${looping} loop.`]
      : []),
    ...(chrf ? [`Translation: chrF++ of ${chrf}; 100 would be the human translation to the letter.`] : []),
  ]
}

const list = (results: readonly MeasureResult[]) =>
  results
    .map((result) => {
      const { value } = figuresOf(result)
      return `${text(sentenceCase(result.title).replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()))} (${value(result.base)} → ${value(result.student)})`
    })
    .join('; ')

function million(parameters: number): string {
  return parameters >= 1e9 ? `${(parameters / 1e9).toFixed(1)} billion` : `${grouped(parameters / 1e6)} million`
}
