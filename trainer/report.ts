import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { writeError } from '../core/files.ts'
import { comparisonPicture } from './report/comparison.ts'
import { createReport, type Report, type ReportFile, type ReportInput } from './report/document.ts'
import { funnelPicture } from './report/funnel.ts'
import { lossPicture } from './report/loss.ts'
import { page } from './report/page.ts'

export type { Report, ReportInput } from './report/document.ts'
export { summaryText } from './report/summary.ts'
export type { Outcome, Verdict } from './report/verdict.ts'

/** A report card on disk: paths of its page and its document, and the document itself. */
export type WrittenReport = { folder: string; markdown: string; json: string; report: Report }

/**
 * Writes the report card of a run into its folder: `report.md`, `report.json`, and the pictures `loss.svg`, `comparison.svg` and `funnel.svg`.
 *
 * It computes nothing that takes long, so it may be repeated; each file is replaced whole.
 *
 * @throws EndonymError `disk_full`, `not_writable`
 * @example console.log(summaryText(writeReport(input)))
 */
export function writeReport(input: ReportInput): WrittenReport {
  const { folder, data } = input
  const report = createReport(input, [
    ...describeFile(data.train, folder, 'rows that were trained on'),
    ...describeFile(data.valid, folder, 'rows that were held out'),
  ])
  const files = {
    'loss.svg': lossPicture(report.training),
    'comparison.svg': comparisonPicture(report.evaluation.measures),
    'funnel.svg': funnelPicture(report.data.funnel),
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.md': page(report),
  }
  for (const [name, content] of Object.entries(files)) replaceFile(path.join(folder, name), content)
  return { folder, markdown: path.join(folder, 'report.md'), json: path.join(folder, 'report.json'), report }
}

function replaceFile(file: string, content: string): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(`${file}.part`, content)
    fs.renameSync(`${file}.part`, file)
  } catch (error) {
    throw writeError(error, file)
  }
}

/** A file with its hash, read in pieces; nothing where it is gone, since a report may be written again after the data were cleared away. */
function describeFile(file: string, folder: string, what: string): ReportFile[] {
  if (!fs.existsSync(file)) return []
  const hash = crypto.createHash('sha256')
  const descriptor = fs.openSync(file, 'r')
  try {
    const piece = Buffer.allocUnsafe(1 << 20)
    for (let read = fs.readSync(descriptor, piece); read > 0; read = fs.readSync(descriptor, piece)) {
      hash.update(piece.subarray(0, read))
    }
    const name = path.relative(folder, file)
    return [{ name, what, bytes: fs.fstatSync(descriptor).size, sha256: hash.digest('hex') }]
  } finally {
    fs.closeSync(descriptor)
  }
}
