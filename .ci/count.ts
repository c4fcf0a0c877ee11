// Reads vitest's JSON report and closes the run: prints the counts, and fails where a test failed, where none ran, and where the command before it failed.
import fs from 'node:fs'

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  /** False also where a file could not be loaded, or an error was thrown outside of a test. */
  success: boolean
}

const [file = '', status = '1'] = process.argv.slice(2)
const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
if (text === '') {
  console.error('No test ran: the set-up, the type check or the linter failed before.')
  console.log('0 passed, 0 failed')
  process.exit(Number(status) || 1)
}
const report = JSON.parse(text) as Report
const { numPassedTests: passed, numFailedTests: failed } = report
const skipped = report.numPendingTests + report.numTodoTests
const sound = status === '0' && report.success && passed > 0
// A file that could not be loaded counts as a failure, though none of its tests is known.
const failures = sound ? failed : Math.max(1, failed)
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(sound && failed === 0 ? 0 : Number(status) || 1)
