import { grouped } from '../../core/format.ts'
import type { LossPoint, TrainingResult } from '../engine.ts'
import { colours, label, line, picture, polyline, scale, tickLabel, ticks, widthOf } from './svg.ts'

const width = 800
const height = 406
const plot = { left: 64, right: 776, top: 100, bottom: 350 }

/** From this many points on, the training loss is shown pale with its moving average over it. */
const smoothFrom = 40

/** The checkpoint that was kept: the folder's name says its step; without one it is that of the lowest held-out loss. */
export function keptCheckpoint({ adapter, curve }: TrainingResult): LossPoint | undefined {
  const held = curve.filter(({ split, loss }) => split === 'valid' && Number.isFinite(loss))
  const step = Number(/checkpoint-(\d+)\/?$/.exec(adapter)?.[1] ?? Number.NaN)
  const lowest = held.reduce<LossPoint | undefined>(
    (best, point) => (best && best.loss <= point.loss ? best : point),
    undefined,
  )
  return held.find((point) => point.step === step) ?? lowest
}

/** What became of the training, in words. */
export function trainingEnd(training: TrainingResult): string {
  return training.stoppedEarly
    ? `stopped early after step ${grouped(training.steps)}, because the held-out loss had stopped falling`
    : `ran to its end, ${grouped(training.steps)} steps`
}

/** The loss curve: training rows and held-out rows, with the checkpoint that was kept. */
export function lossPicture(training: TrainingResult): string {
  const points = training.curve.filter(({ loss }) => Number.isFinite(loss))
  const of = (split: LossPoint['split']) => points.filter((point) => point.split === split)
  const [train, held, kept] = [of('train'), of('valid'), keptCheckpoint(training)]
  const end = `Training ${trainingEnd(training)}.`
  const title = 'Loss during training'
  const frame = { width, height, title }
  const heading = [label(24, 32, title, { size: 16, bold: true }), label(24, 54, end, { fill: colours.muted })]
  if (points.length === 0) {
    const none = 'No loss was recorded.'
    return picture({ ...frame, description: `${end} ${none}`, body: [...heading, label(24, 100, none)] })
  }
  const x = scale([0, Math.max(1, training.steps, ...points.map(({ step }) => step))], [plot.left, plot.right])
  const range = domain(points.map(({ loss }) => loss))
  const y = scale(range, [plot.bottom, plot.top])
  const place = ({ step, loss }: LossPoint) => [x(step), y(loss)] as const
  const smooth = train.length >= smoothFrom
  const description = `${end} ${describe('training', train)} ${describe('held-out', held)}${kept ? ` The checkpoint of step ${kept.step} was kept, with a held-out loss of ${kept.loss.toFixed(3)}.` : ''}`
  return picture({
    ...frame,
    description,
    body: [
      ...heading,
      ...axes(x, y, range, [0, Math.max(1, training.steps)]),
      ...(smooth
        ? [polyline(train.map(place), colours.paleBlue, 1), polyline(average(train).map(place), colours.blue, 2.5)]
        : [polyline(train.map(place), colours.blue, 2), ...dots(train.map(place), colours.blue)]),
      polyline(held.map(place), colours.orange, 2.5),
      ...(held.length <= smoothFrom ? dots(held.map(place), colours.orange) : []),
      ...(kept ? markKept(kept, x, y) : []),
      ...legend(smooth),
    ],
  })
}

/** The losses with a tenth of their range above and below. */
function domain(losses: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...losses), Math.max(...losses)]
  const margin = (high - low) * 0.1 || Math.max(0.1, Math.abs(high) * 0.05)
  return [Math.max(0, low - margin), high + margin]
}

function axes(
  x: (step: number) => number,
  y: (loss: number) => number,
  losses: readonly [number, number],
  steps: readonly [number, number],
): string[] {
  return [
    ...ticks(losses, 8).flatMap((tick) => [
      line(plot.left, y(tick), plot.right, y(tick), colours.grid),
      label(plot.left - 8, y(tick) + 4, tickLabel(tick), { size: 12, fill: colours.muted, anchor: 'end' }),
    ]),
    line(plot.left, plot.bottom, plot.right, plot.bottom, colours.axis),
    ...ticks(steps, 8)
      .filter(Number.isInteger)
      .flatMap((tick) => [
        line(x(tick), plot.bottom, x(tick), plot.bottom + 5, colours.axis),
        label(x(tick), plot.bottom + 20, tickLabel(tick), { size: 12, fill: colours.muted, anchor: 'middle' }),
      ]),
    label((plot.left + plot.right) / 2, height - 14, 'step', { size: 12, fill: colours.muted, anchor: 'middle' }),
  ]
}

function markKept(kept: LossPoint, x: (step: number) => number, y: (loss: number) => number): string[] {
  const text = `kept: step ${grouped(kept.step)}, ${kept.loss.toFixed(3)}`
  const [at, flip] = [x(kept.step), x(kept.step) + widthOf(text, 12) + 8 > plot.right]
  return [
    line(at, plot.top, at, plot.bottom, colours.orange, 'stroke-dasharray="4 4"'),
    `<circle cx="${at.toFixed(2)}" cy="${y(kept.loss).toFixed(2)}" r="6" fill="#ffffff" stroke="${colours.orange}" stroke-width="2.5"/>`,
    label(at + (flip ? -6 : 6), plot.top + 10, text, {
      size: 12,
      fill: colours.orange,
      anchor: flip ? 'end' : 'start',
    }),
  ]
}

function legend(smooth: boolean): string[] {
  const y = plot.top - 16
  const train = smooth ? 'training rows (pale: as logged; dark: moving average)' : 'training rows'
  const second = plot.left + 28 + widthOf(train, 12) + 16
  return [
    line(plot.left, y - 4, plot.left + 22, y - 4, colours.blue, 'stroke-width="2.5"'),
    label(plot.left + 28, y, train, { size: 12, fill: colours.muted }),
    line(second, y - 4, second + 22, y - 4, colours.orange, 'stroke-width="2.5"'),
    label(second + 28, y, 'held-out rows', { size: 12, fill: colours.muted }),
  ]
}

const dots = (places: readonly (readonly [number, number])[], fill: string) =>
  places.map(([cx, cy]) => `<circle cx="${cx.toFixed(2)}" cy="${cy.toFixed(2)}" r="3.5" fill="${fill}"/>`)

/** The mean of each point and its neighbours, a twentieth of all points on either side; evenly many at the beginning, where the loss falls steeply. */
function average(points: readonly LossPoint[]): LossPoint[] {
  const reach = Math.max(1, Math.round(points.length / 20))
  return points.map((point, index) => {
    const near = points.slice(Math.max(0, index - reach), index + 1 + Math.min(reach, index))
    return { ...point, loss: near.reduce((sum, { loss }) => sum + loss, 0) / near.length }
  })
}

function describe(name: string, points: readonly LossPoint[]): string {
  const [first, last] = [points[0], points.at(-1)]
  return first && last
    ? `The ${name} loss went from ${first.loss.toFixed(3)} at step ${first.step} to ${last.loss.toFixed(3)} at step ${last.step}.`
    : `There is no ${name} loss.`
}
