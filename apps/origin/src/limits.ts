/** What an origin allows itself. Times are milliseconds. */
export interface OriginLimits {
  /** Media kept in memory, in bytes. Enough for the live window of what is watched means no reads for it. */
  readonly cacheBytes: number
  /** A stream nobody asked for this long is no longer followed. */
  readonly idleMillis: number
  /** How often the origin looks whether a stream that is asked for has a newer broadcast. */
  readonly recheckMillis: number
  /** A stream that was not found is not looked up again before. */
  readonly missingMillis: number
  /** Requests that may wait for media at a time; more get 503. */
  readonly maxWaiting: number
  /** How long the first MPD waits for all planned renditions. */
  readonly mpdHoldMillis: number
  /** How long the playlist of a planned rendition waits for its media. */
  readonly playlistHoldMillis: number
  /** How long a request for one of the segments that come next is held until that begins. */
  readonly segmentHoldMillis: number
  /** A viewer of a segment in the making who is this far behind what there is of it is dropped. */
  readonly slowReaderMillis: number
  /** Streams that are looked up at a time: names that nobody publishes are many. More get 503. */
  readonly maxOpening: number
  /** How long a request waits until a stream's timeline has been read. */
  readonly openMillis: number
  /** An answer that its viewer has not taken so long after he asked is cut off: longer than anything is held and made. */
  readonly answerMillis: number
}

export const DEFAULT_LIMITS: OriginLimits = {
  cacheBytes: 512 * 1024 * 1024,
  idleMillis: 60_000,
  recheckMillis: 1_000,
  missingMillis: 300,
  maxWaiting: 20_000,
  mpdHoldMillis: 5_000,
  playlistHoldMillis: 6_000,
  // Shaka Player gives up a request that brought nothing for five seconds.
  segmentHoldMillis: 4_000,
  slowReaderMillis: 10_000,
  maxOpening: 500,
  openMillis: 5_000,
  answerMillis: 90_000,
}
