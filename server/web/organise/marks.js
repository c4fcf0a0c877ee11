import { element } from '../shared/element.js'
import { table } from '../shared/table.js'

const scales = ['fluency', 'helpfulness', 'correctness']

/** What single answers were given: means of 1 to 5 with their intervals. */
export function drawMarks({ t, number }, { models }) {
  const mark = ({ value, interval }) =>
    `${number(value, { maximumFractionDigits: 2 })} (${interval.map((each) => number(each, { maximumFractionDigits: 2 })).join(' – ')})`
  return [
    element('h2', {}, t('organise.marks')),
    table(
      [
        t('organise.model'),
        t('organise.votes'),
        ...scales.map((scale) => t(`rate.${scale}`)),
        t('shared.wrong-language'),
      ],
      models.map(({ model, answers, marks, flags }) => [
        model,
        number(answers),
        ...scales.map((scale) => mark(marks[scale])),
        number(flags.wrong_language.share ?? 0, { style: 'percent', maximumFractionDigits: 0 }),
      ]),
    ),
  ]
}
