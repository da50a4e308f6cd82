/** The part of package-lock.json (lockfile version 3) that the rules read. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/** One installed package of the lock, keyed by its path below the root. */
export interface LockEntry {
  readonly resolved?: string
  readonly link?: boolean
  readonly version?: string
  /** SPDX expression. */
  readonly license?: string
  /** Only devDependencies lead to it. */
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * What would make `npm ci` fail or leave the configured registry for whoever gets this lock:
 *
 * - an optional (platform) package without an entry: `npm ci` then stops on every machine;
 * - a `resolved` address: it names a registry host that others may not reach.
 */
export function findLockProblems(lock: Lockfile): string[] {
  const paths = Object.keys(lock.packages)
  return Object.entries(lock.packages).flatMap(([path, entry]) => {
    const missing = Object.keys(entry.optionalDependencies ?? {})
      .filter(
        (name) =>
          !paths.some((other) => other === `node_modules/${name}` || other.endsWith(`/node_modules/${name}`)),
      )
      .map((name) => `${path || 'the root'}: optional dependency ${name} has no entry`)
    const host = entry.link !== true && entry.resolved !== undefined && /^[a-z+]+:\/\//.test(entry.resolved)
    return host ? [...missing, `${path}: names a registry address, ${entry.resolved}`] : missing
  })
}
