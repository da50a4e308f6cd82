/** Who measures it: the role that its process runs. */
export type MeasuredBy = 'ingest' | 'worker' | 'origin' | 'control' | 'every role'

/**
 * One metric as Prometheus has it. Names are `sluice_WHO_WHAT_UNIT`, with base units (seconds, bytes), and `_total` behind what is counted.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One sentence without its full stop, for `# HELP` and the guide. */
  readonly help: string
  /** Each has a bounded number of values; `stream` is bounded by `metrics.streams`. */
  readonly labels: readonly string[]
  readonly by: MeasuredBy
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[]
  /** Of several processes of an ingest the greatest counts; default: their sum. */
  readonly across?: 'max'
}
