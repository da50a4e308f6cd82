/**
 * Prints "PASSED FAILED SKIPPED" of one vitest run for scripts/test, and on stderr a line for each failure,
 * "failed: FILE > TEST: MESSAGE", to be repeated where it is seen without scrolling.
 *
 * Arguments: the file vitest's json reporter wrote, and vitest's exit status. A test file that could not be
 * loaded counts as one failure, and so does a run that failed without a failed test or left no report.
 */
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const [path = '', status = '1'] = process.argv.slice(2)

const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as VitestReport) : undefined
/** Of a message that may hold a whole page. */
const MOST_CHARACTERS = 600

const failures = (report?.testResults ?? [])
  .filter(({ status }) => status === 'failed')
  .flatMap(({ name, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed')
    if (tests.length === 0) return [{ name, test: '(the file)', message }]
    return tests.map((test) => ({ name, test: test.fullName, message: test.failureMessages.join(' ') }))
  })
for (const { name, test, message } of failures) {
  const [said = ''] = message.split(/\n\s+at /)
  const line = said.replaceAll(/\s+/g, ' ').slice(0, MOST_CHARACTERS)
  console.error(`failed: ${relative(process.cwd(), name)} > ${test}: ${line}`)
}
const seen = failures.length
const failed = seen === 0 && status !== '0' ? 1 : seen
console.log(report?.numPassedTests ?? 0, failed, (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0))
