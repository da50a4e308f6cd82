/** Why somebody may not do what they asked for. */
export interface Refusal {
  /** Stable, for logs and metrics. */
  readonly code: string
  /** For the publisher and the operator; holds no secret. */
  readonly reason: string
  /** True where the publisher did nothing wrong: it does not count as one of its refused publishes. */
  readonly blameless?: true
}
