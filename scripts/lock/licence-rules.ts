import type { Lockfile } from './lock-rules.ts'

/** What may run, or be in the bundle of the web page: permissive licences that go with Apache-2.0. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
])
/** What may be used to build and test besides: the tools are not passed on. */
const ALLOWED_FOR_TOOLS: ReadonlySet<string> = new Set(['MPL-2.0'])
/** Packages whose metadata is older than the field for it, by path and version, and what their licence file says. */
const KNOWN: Readonly<Record<string, string>> = { 'node_modules/async@0.2.10': 'MIT' }

/**
 * Installed packages whose licence is not among those that we take, one line each with the package and its licence. Workspaces
 * are ours and left out.
 */
export function findLicenceProblems(lock: Lockfile): string[] {
  return Object.entries(lock.packages).flatMap(([path, { license, version, link, dev }]) => {
    if (link === true || !path.startsWith('node_modules/')) return []
    const licence = license ?? KNOWN[`${path}@${version}`]
    if (licence === undefined)
      return [
        `${path}: version ${version} names no licence; look at it, and take it into the known ones or replace it`,
      ]
    const allowed = (name: string): boolean =>
      ALLOWED.has(name) || (dev === true && ALLOWED_FOR_TOOLS.has(name))
    return isAllowed(licence, allowed) ? [] : [`${path}: its licence ${licence} is not among those allowed`]
  })
}

/** An SPDX expression of alternatives (`OR`), each of parts (`AND`) that all count. Nested ones are not understood, so not allowed. */
function isAllowed(expression: string, allowed: (name: string) => boolean): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((alternative) => alternative.split(' AND ').every(allowed))
}
