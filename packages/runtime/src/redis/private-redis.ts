import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { errorMessage } from '@sluice/core'
import type { Logger } from '../log/logger.ts'
import type { Stoppable } from '../stoppable.ts'
import { type RedisPaths, redisPaths } from './paths.ts'
import { inlineCommand, ping } from './ping.ts'
import { type ServerProcess, spawnServer, startFailure } from './server-process.ts'
import { heldByAnother, withStartLock } from './start-lock.ts'

/** Options of {@link startPrivateRedis}. */
export interface PrivateRedisOptions {
  /** Its data goes below `DIR/redis` and outlives the server. */
  readonly dataDir: string
  readonly log: Logger
  /** Server programs to try, in order. Default `redis-server`, `valkey-server`. */
  readonly programs?: readonly string[]
}

/** A Redis of our own on a unix socket. */
export interface PrivateRedis extends Stoppable {
  /** `unix:///path/to/redis.sock` */
  readonly url: string
  /** Stops the server if this process started it, or took it over from one that died; else does nothing. */
  stop(): Promise<void>
}

/** Loading a large append-only file takes its time. */
const READY_TIMEOUT_MILLIS = 90_000
const STOP_TIMEOUT_MILLIS = 10_000
const POLL_MILLIS = 20
const RESTART_DELAYS_MILLIS = [100, 500, 2000, 5000] as const

/** Sockets of servers that this very process answers for. */
const ownedHere = new Set<string>()

/**
 * Starts a Redis for this data folder, or adopts the one that already answers there: a server outlives a
 * gateway that is killed, and two gateways may share a data folder. The server is started again when it
 * dies. Its data persists (append-only file, flushed every second).
 *
 * @throws {DependencyError} `runtime.redis.missing` when no server program is installed,
 * `runtime.redis.failed` with the server's last words when it does not come up, `runtime.data_dir.unusable`.
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const paths = await redisPaths(options.dataDir)
  return withStartLock(paths.lock, () => startOrAdopt(paths, options))
}

async function startOrAdopt(paths: RedisPaths, options: PrivateRedisOptions): Promise<PrivateRedis> {
  const url = `unix://${paths.socket}`
  if ((await ping(paths.socket)) !== 'nobody') {
    await untilReady(paths, undefined)
    const owned = !ownedHere.has(paths.socket) && !(await heldByAnother(paths.owner))
    options.log.info({ socket: paths.socket, owned }, 'private Redis is already running')
    if (!owned) return { url, stop: async () => undefined }
    await claim(paths)
    return { url, stop: once(() => stopServer(paths, undefined)) }
  }
  const supervisor = new Supervisor(paths, options)
  await supervisor.start()
  await claim(paths)
  options.log.info({ socket: paths.socket }, 'private Redis started')
  return { url, stop: once(() => supervisor.stop()) }
}

async function claim(paths: RedisPaths): Promise<void> {
  await writeFile(paths.owner, String(process.pid), { mode: 0o600 })
  ownedHere.add(paths.socket)
}

/** Keeps one server process running until it is stopped. */
class Supervisor {
  readonly #paths: RedisPaths
  readonly #options: PrivateRedisOptions
  #server: ServerProcess | undefined
  #stopping = false
  #failures = 0

  constructor(paths: RedisPaths, options: PrivateRedisOptions) {
    this.#paths = paths
    this.#options = options
  }

  async start(): Promise<void> {
    await rm(this.#paths.socket, { force: true })
    const server = await spawnServer(this.#paths, this.#options.programs)
    try {
      await untilReady(this.#paths, server)
    } catch (error) {
      server.child.kill('SIGKILL')
      throw error
    }
    this.#server = server
    server.exited.then((output) => this.#restart(output)).catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await stopServer(this.#paths, this.#server)
  }

  async #restart(output: string): Promise<void> {
    this.#server = undefined
    while (!this.#stopping && this.#server === undefined) {
      const wait = RESTART_DELAYS_MILLIS[Math.min(this.#failures, RESTART_DELAYS_MILLIS.length - 1)]
      this.#options.log.error({ output, wait }, 'private Redis ended unexpectedly, starting it again')
      await delay(wait)
      if (this.#stopping) return
      try {
        await this.start()
        this.#failures = 0
      } catch (error) {
        this.#failures++
        this.#options.log.error({ err: error }, errorMessage(error))
      }
    }
  }
}

/** Waits until the server answers and has loaded its data; gives up when it ends, or after a long time. */
async function untilReady(paths: RedisPaths, server: ServerProcess | undefined): Promise<void> {
  let lastWords: string | undefined
  void server?.exited.then((output) => {
    lastWords = output
  })
  const deadline = Date.now() + READY_TIMEOUT_MILLIS
  while ((await ping(paths.socket)) !== 'ready') {
    if (lastWords !== undefined) throw startFailure(`the private Redis ended while starting: ${lastWords}`)
    if (Date.now() > deadline)
      throw startFailure(
        `the private Redis did not answer on ${paths.socket} within ${READY_TIMEOUT_MILLIS} ms`,
      )
    await delay(POLL_MILLIS)
  }
}

/** Asks the server to write everything and end; insists when it does not. */
async function stopServer(paths: RedisPaths, server: ServerProcess | undefined): Promise<void> {
  ownedHere.delete(paths.socket)
  const pid = server?.child.pid
  await inlineCommand(paths.socket, 'SHUTDOWN')
  const deadline = Date.now() + STOP_TIMEOUT_MILLIS
  while ((await ping(paths.socket)) !== 'nobody' && Date.now() < deadline) await delay(POLL_MILLIS)
  if (server !== undefined && pid !== undefined) {
    const timer = setTimeout(() => server.child.kill('SIGKILL'), STOP_TIMEOUT_MILLIS)
    await server.exited
    clearTimeout(timer)
  }
  const owner = await readFile(paths.owner, 'utf8').catch(() => '')
  if (owner === String(process.pid)) await rm(paths.owner, { force: true })
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => {
    stopped ??= stop()
    return stopped
  }
}
