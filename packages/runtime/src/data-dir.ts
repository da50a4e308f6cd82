import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
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
    await makeFolder(path)
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

/** `mkdir -p`. Node's own never returns where the parent exists and cannot hold folders, as below /proc. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    // Somebody else may have been quicker.
    if (!(await isFolder(path))) throw error
  }
}

/** False also where nobody can tell: making it then says why. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
