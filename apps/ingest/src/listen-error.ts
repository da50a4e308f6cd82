import { DependencyError, errorMessage } from '@sluice/core'

/** What an ingest listens for, as its setting is called. */
export type Listener = 'rtmp' | 'rtmps' | 'rtmpt' | 'rtmpts' | 'feed' | 'flv'

/** A port that cannot be had, with what to do about it: `ingest.rtmp.listen`, `ingest.feed.listen` and so on. */
export function listenError(
  listener: Listener,
  host: string,
  port: number,
  error: NodeJS.ErrnoException,
): DependencyError {
  const setting = `SLUICE_${listener.toUpperCase()}_PORT`
  const what =
    error.code === 'EADDRINUSE'
      ? `port ${port} is in use: stop what listens there, or set ${setting}`
      : `cannot listen on ${host}:${port} (${errorMessage(error)}): set SLUICE_BIND and ${setting} to what this machine has`
  return new DependencyError(`ingest.${listener}.listen`, what, { details: { host, port }, cause: error })
}
