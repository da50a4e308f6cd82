/** What the load generator has sent since it began. */
export interface LoadCount {
  /** Connections that publish. */
  readonly publishers: number
  /** Bytes of RTMP messages, without chunk headers. */
  readonly payloadBytes: number
  readonly messages: number
  /** Messages sent more than 200 ms after their time: more than none means that the machine is overloaded. */
  readonly late: number
}
