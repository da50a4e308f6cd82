import { DependencyError, errorMessage, StateError } from '@sluice/core'
import { Redis } from 'ioredis'
import type { ClusterLog } from './log.ts'
import { checkServer } from './server-check.ts'

/** Options of {@link connectRedis}. */
export interface RedisConnectionOptions {
  readonly log: ClusterLog
  /**
   * What a command does while Redis is away: `wait` until it is back (the data plane, which has time and
   * nothing else to do), or `fail` after about two seconds (answers that a person or a publisher waits for).
   */
  readonly whileAway: 'wait' | 'fail'
  /** For a connection that only listens to channels and subscribes again by itself. */
  readonly subscriber?: boolean
}

/** The client options that an address stands for. */
export interface RedisAddress {
  readonly path?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: object
  readonly retryStrategy: (attempt: number) => number
}

/** Waits between attempts to reconnect: quick at first, and never so long that a restart goes unnoticed. */
const retryStrategy = (attempt: number): number => Math.min(50 * attempt, 500)

const DEFAULT_PORT = 6379

/** With {@link retryStrategy}, about two seconds. */
const RETRIES_BEFORE_FAILING = 8
const CONNECT_TIMEOUT_MILLIS = 10_000
/** For a server that holds its connections and does not answer. */
const ANSWER_TIMEOUT_MILLIS = 2_000

/**
 * The client options of a Redis address: `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, `rediss://…` for TLS,
 * `unix:///PATH` (everything after `unix://` is the path, unescaped).
 *
 * @throws {DependencyError} `cluster.redis.bad_url`; the message does not show passwords.
 */
export function redisOptions(url: string): RedisAddress {
  if (url.startsWith('unix:///')) return { path: url.slice('unix://'.length), retryStrategy }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:'))
    throw badUrl('an address must be redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH')
  const db = parsed.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(db)) throw badUrl(`the database must be a number, not ${JSON.stringify(db)}`)
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(db === '' ? {} : { db: Number(db) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
    retryStrategy,
  }
}

/** A Redis address that may be printed: without user name and password. */
export function printableUrl(url: string): string {
  return url.replace(/^(rediss?:\/\/)[^/]*@/, '$1')
}

/**
 * Connects and waits for the first answer. Later losses are ridden over: the client reconnects by itself.
 *
 * @throws {DependencyError} `cluster.redis.unreachable` with the address and the reason.
 */
export async function connectRedis(url: string, options: RedisConnectionOptions): Promise<Redis> {
  const redis = new Redis({
    ...redisOptions(url),
    lazyConnect: true,
    ...(options.whileAway === 'wait'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: RETRIES_BEFORE_FAILING, commandTimeout: ANSWER_TIMEOUT_MILLIS }),
    autoResubscribe: options.subscriber !== true,
  })
  let lastError: unknown
  let away = true
  redis.on('error', (error) => {
    lastError = error
    if (!away) options.log.warn({ redis: printableUrl(url) }, `Redis is away: ${errorMessage(error)}`)
    away = true
  })
  redis.on('ready', () => {
    if (away && lastError !== undefined) options.log.info({ redis: printableUrl(url) }, 'Redis is back')
    away = false
  })
  const timer = setTimeout(() => redis.disconnect(), CONNECT_TIMEOUT_MILLIS)
  try {
    await firstConnection(redis)
  } catch (error) {
    redis.disconnect()
    throw unreachable(url, lastError ?? error)
  } finally {
    clearTimeout(timer)
  }
  return redis
}

/** Resolves when Redis answers now and will do, for readiness checks. @throws see {@link checkServer} */
export async function checkRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready')
    throw new DependencyError('cluster.redis.unreachable', `Redis does not answer (${redis.status})`)
  await checkServer(redis)
}

/** One attempt; ioredis would go on for ever, which hides a wrong address. */
async function firstConnection(redis: Redis): Promise<void> {
  await redis.connect()
  if (redis.status !== 'ready')
    throw new StateError('cluster.redis.not_ready', `the client is ${redis.status}`)
}

function badUrl(message: string): DependencyError {
  return new DependencyError('cluster.redis.bad_url', `not a Redis address: ${message}`)
}

function unreachable(url: string, error: unknown): DependencyError {
  const reason = errorMessage(error)
  const hint = /NOAUTH|WRONGPASS/.test(reason)
    ? 'put the right user and password into SLUICE_REDIS_URL'
    : 'start it, or set SLUICE_REDIS_URL to where it runs'
  return new DependencyError(
    'cluster.redis.unreachable',
    `Redis at ${printableUrl(url)} cannot be reached (${reason}): ${hint}`,
    { details: { url: printableUrl(url) }, cause: error },
  )
}
