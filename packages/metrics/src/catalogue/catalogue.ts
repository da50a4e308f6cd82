import { CONTROL_METRICS } from './control-metrics.ts'
import type { MetricDefinition } from './definition.ts'
import { INGEST_METRICS } from './ingest-metrics.ts'
import { ORIGIN_METRICS } from './origin-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { WORKER_METRICS } from './worker-metrics.ts'

/** Every metric of the gateway's own. */
type Catalogue = typeof PROCESS_METRICS &
  typeof INGEST_METRICS &
  typeof WORKER_METRICS &
  typeof ORIGIN_METRICS &
  typeof CONTROL_METRICS

export type MetricName = keyof Catalogue

type NamesOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: Catalogue[N]['type'] extends T ? N : never
}[MetricName]

/** Counters and gauges: read when they are asked for. */
export type ValueName = NamesOf<'counter' | 'gauge'>

/** Histograms: told of each thing that happens. */
export type HistogramName = NamesOf<'histogram'>

/** A value for every label of a metric. */
export type LabelsOf<N extends MetricName> = Readonly<Record<Catalogue[N]['labels'][number], string>>

/** The one table of all metrics, in the order of the guide. */
export const CATALOGUE: Catalogue = {
  ...PROCESS_METRICS,
  ...INGEST_METRICS,
  ...WORKER_METRICS,
  ...ORIGIN_METRICS,
  ...CONTROL_METRICS,
}

/** The definition of one. */
export function definitionOf(name: MetricName): MetricDefinition {
  return CATALOGUE[name]
}

/** Name and definition of each. */
export function definitions(): readonly (readonly [MetricName, MetricDefinition])[] {
  const checked: Readonly<Record<MetricName, MetricDefinition>> = CATALOGUE
  return Object.entries(checked) as [MetricName, MetricDefinition][]
}
