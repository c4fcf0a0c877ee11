import { formatBytes } from '../../core/files.ts'
import { duration } from '../../core/format.ts'
import type { Report } from './document.ts'
import { money } from './making.ts'
import { clean, shellWord } from './markdown.ts'

/**
 * What the terminal shows at the end of a run: the verdict with its figures, where the report is, and what to do next.
 *
 * @param written what `writeReport` returned.
 */
export function summaryText({ report, markdown }: { report: Report; markdown: string }): string {
  const { verdict, wish, total, models } = report
  const { name, endonym } = wish.language
  const titles = Math.max(...verdict.promises.map(({ title }) => title.length))
  const values = verdict.promises.map(({ figures }) => `${figures.base} → ${figures.student}`)
  const widest = Math.max(...values.map((value) => value.length))
  return clean(
    [
      `${name}${endonym ? ` (${endonym})` : ''}: ${verdict.kept} of ${verdict.of} promises kept.`,
      '',
      ...verdict.promises.map(({ title, figures, met, measured }, index) =>
        measured
          ? `  ${met ? '✓' : '✗'} ${title.padEnd(titles)}  ${(values[index] ?? '').padEnd(widest)}  ${figures.difference} ${figures.interval}${met ? '' : '  not kept'}`
          : `  ✗ ${title.padEnd(titles)}  not measured`,
      ),
      '',
      `Took ${duration(total.seconds)} and ${formatBytes(total.peakMemory)} of memory at most; requests cost ${money(total.price)}.`,
      '',
      `Report   ${markdown}`,
      `Chat     endonym chat ${shellWord(models.q8)}`,
      'Serve    endonym serve',
    ].join('\n'),
  )
}
