import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiTokens } from '@sluice/cluster'
import { DependencyError, errorMessage } from '@sluice/core'
import { type Config, ensureDataDir } from '@sluice/runtime'

const FILE = 'control-token'

/**
 * Sees to it that there is an operator token: the configured one, else the one kept in the data folder, else a new one, which is
 * kept there for the user that runs this process alone.
 *
 * @returns the token when it was made now.
 */
export async function ensureOperatorToken(tokens: ApiTokens, config: Config): Promise<string | undefined> {
  const configured = config.control.token
  if (configured !== undefined) {
    await tokens.ensureFirst({ configured, kept: undefined })
    return undefined
  }
  const directory = await ensureDataDir(config.dataDir)
  const file = join(directory, FILE)
  const { token } = await tokens.ensureFirst({ configured: undefined, kept: await readKept(file) })
  if (token !== undefined) await writeFile(file, `${token}\n`, { mode: 0o600 })
  return token
}

async function readKept(file: string): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'utf8')).trim()
    return token === '' ? undefined : token
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new DependencyError('control.token.unreadable', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    })
  }
}
