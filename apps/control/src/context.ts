import type { Cluster } from '@sluice/cluster'
import type { Metrics } from '@sluice/metrics'
import type { Config, Logger } from '@sluice/runtime'

/** What the handlers of all routes work with. */
export interface ApiContext {
  readonly config: Config
  readonly log: Logger
  /** Asked for when a request is handled, so that the API can be described without a Redis. */
  readonly cluster: () => Cluster
  /** Where requests are measured; default: nowhere. */
  readonly metrics?: Metrics | undefined
}
