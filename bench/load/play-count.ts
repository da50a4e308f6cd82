/** What players have received. */
export interface PlayCount {
  /** When it was counted, in milliseconds of a clock that never goes back. */
  readonly at: number
  readonly players: number
  /** All bytes from the server since they were connected, headers of RTMP included. */
  readonly receivedBytes: number
  /**
   * Milliseconds from the publisher's write to the last byte at a player, for each stamped message since the last
   * count. None from players that only count.
   */
  readonly delays: readonly number[]
}
