import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DependencyError, errorMessage } from '@sluice/core'

/**
 * Makes a folder that only this user may enter; one that exists keeps its mode.
 *
 * @returns its absolute path.
 * @throws {DependencyError} `runtime.data_dir.unusable` with what to do about it.
 */
export async function ensureDataDir(directory: string): Promise<string> {
  const path = resolve(directory)
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new DependencyError(
      'runtime.data_dir.unusable',
      `the data folder ${path} cannot be used (${errorMessage(error)}): make it writable for this user, or set SLUICE_DATA_DIR`,
      { details: { path }, cause: error },
    )
  }
  return path
}
