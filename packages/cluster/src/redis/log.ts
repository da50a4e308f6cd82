/** The part of a logger (pino's shape) that this package uses. */
export interface ClusterLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
