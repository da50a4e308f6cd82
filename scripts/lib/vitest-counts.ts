/**
 * Prints "PASSED FAILED SKIPPED" of one vitest run for scripts/test.
 *
 * Arguments: the file vitest's json reporter wrote, and vitest's exit status. A test file that could not be
 * loaded counts as one failure, and so does a run that failed without a failed test or left no report.
 */
import { existsSync, readFileSync } from 'node:fs'

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

const [path = '', status = '1'] = process.argv.slice(2)

const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as VitestReport) : undefined
const filesWithoutTests =
  report?.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length ?? 0
const seen = (report?.numFailedTests ?? 0) + filesWithoutTests
const failed = seen === 0 && status !== '0' ? 1 : seen
console.log(report?.numPassedTests ?? 0, failed, (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0))
