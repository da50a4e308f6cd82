/** What a page saw in a stretch of time. Milliseconds, unless said otherwise. */
export interface Measured {
  /** For each new frame on screen whose clock could be read: its age. */
  readonly shown: readonly number[]
  /** For the same frames: the age at which the browser had it and all before it in its buffer. */
  readonly loaded: readonly number[]
  /** Frames on screen whose clock could not be read. */
  readonly unreadable: number
  /** Times that the player said it waits for media, after the first frame. */
  readonly waits: number
  /** Times that no new frame came for more than a quarter of a second, after the first frame. */
  readonly freezes: number
  /** The longest time without a new frame. */
  readonly longestFreeze: number
  /** Changes of the playback rate. */
  readonly rateChanges: number
  /** Jumps that the player made. */
  readonly seeks: number
  /** Frames that the browser decoded and did not show. */
  readonly dropped: number
  /** Lines of the picture now. */
  readonly height: number
}
