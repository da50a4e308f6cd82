/** What tunnelled clients may cost. */
export interface TunnelLimits {
  /** Sessions at a time; one more is answered 503. Default 1000. */
  readonly sessions: number
  /** Requests of one session that may be under way at once: the one that is due, and those that overtook it. Default 8. */
  readonly requests: number
  /**
   * Bytes of one session that wait for an earlier request, or for the caller. Default 256 KiB; a caller that stops
   * reading requests that are not being read (`isReading`) stays below.
   */
  readonly heldBytes: number
  /** Bytes owed to one client that does not fetch them. Default 1 MiB. */
  readonly owedBytes: number
  /** A session without any request ends, in milliseconds. Default 30 000. */
  readonly idleMillis: number
  /** A request that never comes ends the session whose later ones wait for it, in milliseconds. Default 5 000. */
  readonly gapMillis: number
}

export const DEFAULT_TUNNEL_LIMITS: TunnelLimits = {
  sessions: 1000,
  requests: 8,
  heldBytes: 1 << 18,
  owedBytes: 1 << 20,
  idleMillis: 30_000,
  gapMillis: 5_000,
}
