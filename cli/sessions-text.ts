import type { Stop } from '../evaluator/ratings/stop.ts'
import type { Share } from '../evaluator/ratings/win-matrix.ts'
import type { Ratings } from '../evaluator/ratings.ts'
import type { SessionResults } from '../evaluator/sessions/results.ts'
import { scales } from '../evaluator/sessions/settings.ts'
import { table } from './table.ts'

/** What came of a session, for people. */
export function resultsText(results: SessionResults): string {
  const { session, progress, battles, stop, marks, attention } = results
  const { judged, target, raters, open, passed } = progress
  const parts = [
    `${session.name} (${session.language}, ${session.state}): ${judged} of ${target} judgements by ${raters} raters; ${open} open, ${passed} passed over.`,
  ]
  if (!battles && !marks) return [...parts, 'Nothing was judged yet.'].join('\n\n')
  if (battles) parts.push(battlesText(battles))
  if (stop) parts.push(stopText(stop))
  if (battles) parts.push(...groupTexts(battles), agreementText(results, battles))
  if (marks) parts.push(marksText(marks))
  const leftOut = attention.filter((each) => each.leftOut)
  if (leftOut.length > 0) {
    parts.push(
      `Left out, for they missed half or more of the items whose verdict is known: ${leftOut.map(({ nickname, rater, gold }) => `${nickname ?? rater} (${gold.right} of ${gold.of})`).join(', ')}.`,
    )
  }
  return parts.join('\n\n')
}

function battlesText({ models, effects, over, flags }: Ratings): string {
  const rows = models.map(({ model, elo, interval, corrected, rank, votes, wins, losses, bothGood, bothBad }) => [
    rank[0] === rank[1] ? String(rank[0]) : `${rank[0]}–${rank[1]}`,
    model,
    elo.toFixed(0),
    `${interval[0].toFixed(0)}–${interval[1].toFixed(0)}`,
    corrected.elo.toFixed(0),
    String(votes),
    String(wins),
    String(losses),
    String(bothGood),
    String(bothBad.count),
    percent(flags.wrong_language[model]),
  ])
  const head = [
    'RANK',
    'MODEL',
    'RATING',
    '95 %',
    'CORRECTED',
    'VOTES',
    'WON',
    'LOST',
    'BOTH GOOD',
    'BOTH BAD',
    'WRONG LANGUAGE',
  ]
  const said = Object.entries(effects).map(
    ([name, { value, interval }]) =>
      `${name === 'position' ? 'being on the left' : 'being longer'} ${signed(value)} (${signed(interval[0])} to ${signed(interval[1])})`,
  )
  return `${table([head, ...rows], { right: [2, 4, 5, 6, 7, 8, 9, 10] })}

Ratings are Elo points around 1000 (Davidson's model, in which ties are outcomes); intervals are by bootstrap over ${over}. Corrected: position and length held equal; log-odds for ${said.join(', ')}.`
}

/** Whether it may end, in a sentence. */
function stopText({ done, reason, open, votesToGo, width }: Stop): string {
  const sentences: Record<Stop['reason'], string> = {
    decided: 'It can stop: every model is told apart from the next.',
    narrow: `It can stop: models that are not told apart are known to within ${width} points.`,
    target: 'It can stop: the votes that were planned have come in.',
    few: 'It is too early to say anything.',
    open: 'It should go on.',
  }
  if (done) return sentences[reason]
  const pairs = open.map(({ better, worse }) => `${better} and ${worse}`).slice(0, 3)
  return `${sentences[reason]} About ${votesToGo} more votes are needed${pairs.length > 0 ? ` to tell ${pairs.join(', ')} apart` : ''}.`
}

function groupTexts({ groups }: Ratings): string[] {
  return Object.entries(groups).flatMap(([name, byGroup]) =>
    Object.entries(byGroup).map(
      ([group, { models, votes, raters }]) =>
        `${name} ${group} (${votes} votes of ${raters} raters): ${models.map(({ model, elo, interval }) => `${model} ${elo.toFixed(0)} (${interval[0].toFixed(0)}–${interval[1].toFixed(0)})`).join(', ')}`,
    ),
  )
}

function agreementText({ selfAgreement }: SessionResults, { agreement }: Ratings): string {
  const { nominal, ordinal, interval } = agreement
  const lines =
    nominal.units === 0
      ? 'No two raters have judged the same answers.'
      : `Krippendorff's alpha on ${nominal.units} pairs of answers that several judged: nominal ${number(nominal.alpha)}, ordinal ${number(ordinal.alpha)}, interval ${number(interval.alpha)}.`
  return selfAgreement.of === 0
    ? lines
    : `${lines} Given the same again, raters said the same ${selfAgreement.count} times of ${selfAgreement.of} (kappa ${number(selfAgreement.kappa)}).`
}

function marksText({ models, agreement }: NonNullable<SessionResults['marks']>): string {
  const rows = models.map(({ model, answers, marks, flags }) => [
    model,
    String(answers),
    ...scales.map((scale) => {
      const { value, interval } = marks[scale]
      return `${value.toFixed(2)} (${interval[0].toFixed(2)}–${interval[1].toFixed(2)})`
    }),
    percent(flags.wrong_language),
  ])
  const alphas = scales.map((scale) => `${scale} ${number(agreement[scale].alpha)}`).join(', ')
  return `${table([['MODEL', 'ANSWERS', ...scales.map((scale) => scale.toUpperCase()), 'WRONG LANGUAGE'], ...rows], { right: [1] })}

Means of marks from 1 to 5, with 95 % intervals by bootstrap over raters. Krippendorff's alpha, ordinal: ${alphas}.`
}

const percent = (share: Share | undefined): string =>
  share === undefined || share.of === 0 ? '' : `${(100 * share.share).toFixed(0)} %`
const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(2)}`
const number = (value: number): string => (Number.isNaN(value) ? 'unknown' : value.toFixed(3))
