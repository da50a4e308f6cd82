import { StateError } from '@sluice/core'

const COMPONENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

/**
 * Checks a key `STREAM/RENDITION/FILE`: three names of letters, digits, `.`, `_` and `-`, each at most 200
 * characters and none beginning with a dot or a dash. So a key is a safe relative path, a safe URL path
 * and a safe object name everywhere.
 *
 * @throws {StateError} `store.key.invalid`
 */
export function checkKey(key: string): void {
  checkNames(key, 3, 3, 'key')
}

/**
 * Checks a prefix `STREAM` or `STREAM/RENDITION`, with the rules of {@link checkKey}.
 *
 * @throws {StateError} `store.key.invalid`
 */
export function checkPrefix(prefix: string): void {
  checkNames(prefix, 1, 2, 'prefix')
}

function checkNames(path: string, least: number, most: number, what: string): void {
  const names = path.split('/')
  if (names.length < least || names.length > most || !names.every((name) => COMPONENT.test(name)))
    throw new StateError(
      'store.key.invalid',
      `not a ${what} of the segment store: ${JSON.stringify(path.slice(0, 300))}`,
    )
}
