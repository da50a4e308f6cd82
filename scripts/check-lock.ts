/** `npm run lock`: fails when package-lock.json would break `npm ci` on another machine, or has a licence that we do not take. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findLicenceProblems } from './lock/licence-rules.ts'
import { findLockProblems, type Lockfile } from './lock/lock-rules.ts'

const lock = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'),
) as Lockfile
const problems = [...findLockProblems(lock), ...findLicenceProblems(lock)]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`package-lock.json: ${Object.keys(lock.packages).length} entries, no problem`)
