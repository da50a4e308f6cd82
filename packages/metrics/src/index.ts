/**
 * What the gateway measures: the one table of names, a registry that reads state when it is asked, and the private port that tells it to
 * Prometheus. Knows nothing of the roles; each adds collectors that read what it has.
 *
 * - `catalogue/` every metric with its type, labels and meaning
 * - `metrics.ts` the metrics of one process, and of others that belong to it
 * - `connection-tally.ts` connections of a server and their bytes
 * - `stream-labels.ts` how many streams have series of their own
 * - `redis-metrics.ts` Redis as every role sees it
 * - `private-server.ts` `/metrics`, `/healthz`, `/readyz`
 */
export {
  definitions,
  type HistogramName,
  type LabelsOf,
  type MetricName,
  type ValueName,
} from './catalogue/catalogue.ts'
export type { MeasuredBy, MetricDefinition } from './catalogue/definition.ts'
export { ConnectionTally } from './connection-tally.ts'
export {
  type Check,
  type Collector,
  Metrics,
  type MetricsOptions,
  type MetricsSnapshot,
  type Observer,
  type OtherProcess,
  type Reading,
} from './metrics.ts'
export { type PrivateServer, type PrivateServerOptions, startPrivateServer } from './private-server.ts'
export { measureRedis } from './redis-metrics.ts'
