/** The connections of a crowd. */
export interface CrowdCount {
  /** RTMP connections with a message stream. */
  readonly connected: number
  /** TCP connections on which nothing was sent. */
  readonly silent: number
  /** Of all these, how many the server has closed. */
  readonly closed: number
}
