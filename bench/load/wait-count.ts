/** What requests that wait have seen; a line of their program's output. */
export interface WaitCount {
  /** Requests that have been sent and not answered. */
  readonly waiting: number
  /** Of the requests of the last round: milliseconds since the epoch when each answer was here to its last byte, rising. */
  readonly answeredAt: readonly number[]
  /** Answers of the last round that were not 200. */
  readonly refused: number
  /** Bytes of an answer, headers included. */
  readonly bytes: number
}
