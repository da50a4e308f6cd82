import { type ChildProcess, spawn } from 'node:child_process'
import { DependencyError, errorMessage } from '@sluice/core'
import type { RedisPaths } from './paths.ts'

/** The server programs that will do, best known first. */
const PROGRAMS = ['redis-server', 'valkey-server'] as const
const OUTPUT_KEPT = 4000

/** A running server and how it ended. */
export interface ServerProcess {
  readonly child: ChildProcess
  /** Resolves with the last lines of its output when the process is gone. */
  readonly exited: Promise<string>
}

/**
 * Starts the first server program that is installed, with its configuration on standard input. It gets a
 * session of its own: Ctrl-C in a terminal goes to this process, which stops the server last.
 *
 * @throws {DependencyError} `runtime.redis.missing` when none is installed.
 */
export async function spawnServer(
  paths: RedisPaths,
  programs: readonly string[] = PROGRAMS,
): Promise<ServerProcess> {
  for (const program of programs) {
    const server = await trySpawn(program, paths)
    if (server !== undefined) return server
  }
  throw new DependencyError(
    'runtime.redis.missing',
    `neither ${programs.join(' nor ')} is installed: install one (apt install redis-server, brew install valkey), or set SLUICE_REDIS_URL to a Redis that runs elsewhere`,
    { details: { programs: programs.join(',') } },
  )
}

function trySpawn(program: string, paths: RedisPaths): Promise<ServerProcess | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-'], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.stdin.on('error', () => undefined)
    const exited = new Promise<string>((done) => child.once('close', () => done(output.trim())))
    child.once('error', (error) => {
      if ('code' in error && error.code === 'ENOENT') resolve(undefined)
      else reject(startFailure(`${program} cannot be started: ${errorMessage(error)}`, error))
    })
    child.once('spawn', () => {
      child.stdin.end(serverConfig(paths))
      resolve({ child, exited })
    })
  })
}

/** A server that could not be started or died while starting. */
export function startFailure(message: string, cause?: unknown): DependencyError {
  return new DependencyError('runtime.redis.failed', message, cause === undefined ? {} : { cause })
}

/** Only on a socket, only for this user, every write in an append-only file, nothing evicted ever. */
function serverConfig(paths: RedisPaths): string {
  return [
    'port 0',
    `unixsocket ${quoted(paths.socket)}`,
    'unixsocketperm 700',
    `dir ${quoted(paths.directory)}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n')
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, (character) => `\\${character}`)}"`
}
