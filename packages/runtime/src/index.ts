/**
 * What every program of the gateway needs to run: checked settings, a log, the data folder, a Redis of its
 * own, orderly stopping. Knows no media and no role.
 *
 * - `config/` the one schema of settings; file, environment and flags into a frozen {@link Config}
 * - `log/` pino with secrets masked, lines for people
 * - `redis/` the private Redis: start, adopt, supervise, stop
 * - `tls/` certificates: read and renewed, or self-signed; why a client got no connection
 * - `data-dir.ts`, `stoppable.ts`, `signals.ts`
 */
export { advertisedHost } from './config/advertised-host.ts'
export { type ConfigField, describeConfig } from './config/fields.ts'
export { type ConfigSources, loadConfig } from './config/load.ts'
export { type Config, configSchema } from './config/schema.ts'
export { ensureDataDir } from './data-dir.ts'
export { createLogger, type Logger, warningsOnly } from './log/logger.ts'
export { type PrivateRedis, type PrivateRedisOptions, startPrivateRedis } from './redis/private-redis.ts'
export { onSignals } from './signals.ts'
export { type Stoppable, stopAll } from './stoppable.ts'
export {
  type Certificate,
  type CertificateFiles,
  type CertificateSource,
  openCertificate,
} from './tls/certificate.ts'
export type { CertificateUse } from './tls/certificate-use.ts'
export { configuredCertificate } from './tls/configured-certificate.ts'
export { selfSignedCertificate } from './tls/self-signed.ts'
export { secure, type TlsSettings } from './tls/tls-settings.ts'
