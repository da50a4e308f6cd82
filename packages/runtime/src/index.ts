/**
 * What every program of the gateway needs to run: checked settings, a log, the data folder, a Redis of its
 * own, orderly stopping. Knows no media and no role.
 *
 * - `config/` the one schema of settings; file, environment and flags into a frozen {@link Config}
 * - `log/` pino with secrets masked, lines for people
 * - `redis/` the private Redis: start, adopt, supervise, stop
 * - `data-dir.ts`, `stoppable.ts`, `signals.ts`
 */
export { advertisedHost } from './config/advertised-host.ts'
export { type ConfigField, describeConfig } from './config/fields.ts'
export { type ConfigSources, loadConfig } from './config/load.ts'
export { type Config, configSchema } from './config/schema.ts'
export { ensureDataDir } from './data-dir.ts'
export { createLogger, type Logger } from './log/logger.ts'
export { type PrivateRedis, type PrivateRedisOptions, startPrivateRedis } from './redis/private-redis.ts'
export { onSignals } from './signals.ts'
export { type Stoppable, stopAll } from './stoppable.ts'
