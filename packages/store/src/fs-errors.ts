import { DependencyError, errorMessage } from '@sluice/core'

/** The error code Node gave a failed system call, for example `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** A failed system call on `path` as a declared error that says what to do. */
export function fsError(error: unknown, path: string): DependencyError {
  const details = { path, system: systemCode(error) }
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DependencyError(
        'store.fs.full',
        `the disk of ${path} is full: free space there, or shorten keepEndedSeconds or the streams' windowSeconds`,
        { details, cause: error },
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DependencyError(
        'store.fs.not_writable',
        `${path} cannot be written (${details.system}): make it writable for the user that runs sluice, or set another dataDir`,
        { details, cause: error },
      )
    case 'EMFILE':
    case 'ENFILE':
      return new DependencyError(
        'store.fs.too_many_files',
        `too many open files at ${path}: raise the limit (ulimit -n)`,
        { details, cause: error },
      )
    default:
      return new DependencyError('store.fs.failed', `${path}: ${errorMessage(error)}`, {
        details,
        cause: error,
      })
  }
}
