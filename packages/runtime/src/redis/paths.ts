import { createHash } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DependencyError } from '@sluice/core'
import { ensureDataDir } from '../data-dir.ts'

/** Where a private Redis keeps its things. */
export interface RedisPaths {
  /** Append-only files. */
  readonly directory: string
  readonly socket: string
  /** Held while somebody starts the server. */
  readonly lock: string
  /** Holds the process id of the one who stops the server. */
  readonly owner: string
}

/** `sun_path` holds 108 bytes with its end mark on Linux, 104 on macOS and the BSDs. */
const LONGEST_SOCKET_PATH = 103

/**
 * Makes the folders of a private Redis. Its socket lies beside its data; where that path is too long for a
 * unix socket, in a folder of this user below the temporary folder, named after the data folder.
 */
export async function redisPaths(dataDir: string): Promise<RedisPaths> {
  const directory = await ensureDataDir(join(dataDir, 'redis'))
  const beside = join(directory, 'redis.sock')
  const socket = Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH ? beside : await shortSocket(directory)
  return { directory, socket, lock: join(directory, 'start.lock'), owner: join(directory, 'owner.pid') }
}

async function shortSocket(directory: string): Promise<string> {
  const user = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `sluice-${user}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const stat = await lstat(folder)
  // Anybody may make folders in the temporary folder: a stranger's must not get to play our Redis.
  if (!stat.isDirectory() || stat.uid !== user || (stat.mode & 0o077) !== 0)
    throw new DependencyError(
      'runtime.redis.socket_folder',
      `${folder} is not a folder of this user alone: remove it, or set SLUICE_DATA_DIR to a shorter path`,
      { details: { path: folder } },
    )
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  return join(folder, `${name}.sock`)
}
