/** A payload that is well formed as far as it was read, and that this package does not handle. */
export interface UnsupportedBody {
  readonly type: 'unsupported'
  /** A sentence for the publisher and the log. */
  readonly reason: string
  /** Short and stable, for counters: `vvc1`, `Sorenson H.263`. */
  readonly codecName: string
  /**
   * True when the payload comes on top of what the stream carries otherwise (a further track, a kind of
   * packet nobody knows): the stream is whole without it. False when it is the stream's audio or video itself.
   */
  readonly supplementary: boolean
}

/** Makes an `UnsupportedBody`. */
export function unsupported(reason: string, codecName: string, supplementary: boolean): UnsupportedBody {
  return { type: 'unsupported', reason, codecName, supplementary }
}
