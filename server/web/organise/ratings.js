import { element } from '../shared/element.js'
import { drawIntervals } from '../shared/intervals.js'
import { table } from '../shared/table.js'

const flags = ['wrong_language', 'not_natural', 'wrong_fact', 'harmful']

/** What battles came to: the ranking drawn and as a table, who beat whom, what was wrong, groups, agreement. */
export function drawRatings(page, battles) {
  const { t } = page
  return [
    element('h2', {}, t('organise.ranking')),
    drawIntervals(page, battles.models, t('organise.ranking')),
    element('p', { className: 'faint' }, t('organise.ranking-how')),
    rankingTable(page, battles.models),
    ...Object.entries(battles.effects).map(([name, { value }]) => {
      // The length's unit is all of one answer against none; twice as long is a third of it.
      const odds = Math.exp(name === 'length' ? value / 3 : value)
      return element('p', {}, t(`organise.effect-${name}`, { percent: Math.round((odds - 1) * 100) }))
    }),
    element('h2', {}, t('organise.matrix')),
    element('p', { className: 'faint' }, t('organise.matrix-how')),
    matrix(page, battles.matrix),
    element('h2', {}, t('organise.problems')),
    problems(page, battles),
    ...groups(page, battles.groups),
    element('h2', {}, t('organise.agreement')),
    element(
      'p',
      {},
      battles.agreement.nominal.units > 0 && battles.agreement.ordinal.alpha !== null
        ? t('organise.alpha', {
            alpha: round(battles.agreement.ordinal.alpha),
            units: battles.agreement.ordinal.units,
          })
        : t('organise.alpha-none'),
    ),
  ]
}

function rankingTable({ t, number }, models) {
  const whole = (value) => number(value, { maximumFractionDigits: 0 })
  const head = ['model', 'rating', 'certain', 'corrected', 'votes', 'won', 'lost', 'both-good', 'both-bad']
  return table(
    head.map((key) => t(`organise.${key}`)),
    models.map(({ model, elo, interval, corrected, votes, wins, losses, bothGood, bothBad }) => [
      model,
      whole(elo),
      `${whole(interval[0])} – ${whole(interval[1])}`,
      whole(corrected.elo),
      ...[votes, wins, losses, bothGood, bothBad.count].map((value) => number(value)),
    ]),
  )
}

function matrix({ t, number }, { models, wins, votes }) {
  return table(
    [t('organise.model'), ...models],
    models.map((model, i) => [
      model,
      ...models.map((_, j) => (i === j || votes[i][j] === 0 ? '' : `${number(wins[i][j])} / ${number(votes[i][j])}`)),
    ]),
  )
}

function problems({ t, number }, battles) {
  const share = (flag, model) => battles.flags[flag][model]
  return table(
    [t('organise.model'), ...flags.map((flag) => t(`shared.${flag.replace('_', '-')}`))],
    battles.models.map(({ model }) => [
      model,
      ...flags.map((flag) => {
        const of = share(flag, model)
        return of ? number(of.share ?? 0, { style: 'percent', maximumFractionDigits: 0 }) : ''
      }),
    ]),
  )
}

function groups(page, byName) {
  const { t } = page
  const all = Object.values(byName).flatMap((byGroup) => Object.entries(byGroup))
  if (all.length === 0) return []
  return [
    element('h2', {}, t('organise.groups')),
    ...all.map(([group, { models, votes }]) =>
      element(
        'details',
        { className: 'card' },
        element('summary', { dir: 'auto' }, `${group} (${page.number(votes)})`),
        drawIntervals(page, models, t('organise.ranking')),
        rankingTable(page, models),
      ),
    ),
  ]
}

export const round = (value) => Math.round(value * 1000) / 1000
