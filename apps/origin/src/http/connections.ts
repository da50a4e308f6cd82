/** Longer than the time between two requests of any player, so that connections are reused; in milliseconds. */
export const KEEP_ALIVE_MILLIS = 75_000
/** A request whose head takes longer is given up, in milliseconds. */
export const REQUEST_MILLIS = 10_000
