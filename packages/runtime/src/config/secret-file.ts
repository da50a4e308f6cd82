import { readFileSync } from 'node:fs'
import { DependencyError, errorMessage } from '@sluice/core'

/**
 * Reads a secret from a file, as containers and systemd hand them over. Line ends after it are left out: most programs
 * that write such files put one there.
 *
 * @throws {DependencyError} `runtime.config.secret_file`: missing, a folder, not readable, or empty. The message says what to do
 * and shows nothing of the content.
 */
export function readSecretFile(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const folder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
    throw refused(
      path,
      folder
        ? // Docker makes one where a mount's source does not exist.
          `${path} is a folder: put a file with the secret in its place`
        : `${path} cannot be read (${errorMessage(error)}): put the secret there, readable for this user, or unset the setting`,
      error,
    )
  }
  const secret = text.replace(/[\r\n]+$/, '')
  if (secret === '') throw refused(path, `${path} is empty: put the secret there, or unset the setting`)
  return secret
}

function refused(path: string, message: string, cause?: unknown): DependencyError {
  return new DependencyError('runtime.config.secret_file', message, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  })
}
