import {
  AggregatorRegistry,
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import {
  CATALOGUE,
  definitionOf,
  type HistogramName,
  type LabelsOf,
  type MetricName,
  type ValueName,
} from './catalogue/catalogue.ts'
import { StreamLabels } from './stream-labels.ts'

/** The labels of a metric, and nothing where it has none. */
type Labelled<N extends MetricName> = keyof LabelsOf<N> extends never ? [] : [labels: LabelsOf<N>]

/** Where a collector puts what it has read. */
export interface Reading {
  /** Adds to a metric, which begins at nothing with every look: what several parts of a process have is added up. */
  readonly add: <N extends ValueName>(name: N, value: number, ...labels: Labelled<N>) => void
  /** Whether a stream may have series of its own; what has no such series is still part of the sums. */
  readonly hasSeries: (stream: string) => boolean
}

/** Reads what there is to be measured, whenever somebody asks for it. */
export type Collector = (reading: Reading) => void | Promise<void>

/** Takes what happens, once it happened. */
export interface Observer<N extends HistogramName> {
  observe(value: number, ...labels: Labelled<N>): void
}

/** Rejects, with why, while the role cannot do its work. */
export type Check = () => Promise<void>

/** The metrics of one process, in the way they pass from one process to another. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

/** Another process whose metrics belong to this one's; never rejects, undefined where it does not answer. */
export type OtherProcess = () => Promise<MetricsSnapshot | undefined>

export interface MetricsOptions {
  readonly version: string
  /** Streams that may have series of their own, in each process. */
  readonly streams: number
  /** What any Node process has to tell: CPU, memory, files, delays of the event loop. Default true. */
  readonly ofProcess?: boolean
}

/** Between two samples of the event loop's delay, in milliseconds: shorter delays are not seen. */
const LOOP_SAMPLE_MILLIS = 20

/**
 * What one process measures. Nothing is stored for it but what has no other place: its collectors read the state that there is
 * whenever somebody looks.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #values = new Map<ValueName, Counter | Gauge>()
  readonly #histograms = new Map<HistogramName, Histogram>()
  readonly #collectors: Collector[] = []
  readonly #others: OtherProcess[] = []
  readonly #checks: { readonly name: string; readonly check: Check }[] = []
  readonly #streams: StreamLabels
  #looking: Promise<void> | undefined

  constructor({ version, streams, ofProcess = true }: MetricsOptions) {
    this.#streams = new StreamLabels(streams)
    if (ofProcess)
      collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MILLIS })
    this.collect(({ add }) => add('sluice_build_info', 1, { version }))
  }

  /** What Prometheus wants the text to be labelled as. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Calls `collector` at every look from now on. One that rejects leaves the others as they are. */
  collect(collector: Collector): void {
    this.#collectors.push(collector)
  }

  /** A histogram to be told of what happens. */
  histogram<N extends HistogramName>(name: N): Observer<N> {
    const { buckets = [] } = definitionOf(name)
    const made = this.#histograms.get(name) ?? new Histogram({ ...this.#base(name), buckets: [...buckets] })
    this.#histograms.set(name, made)
    return {
      observe: (value, ...[labels]) =>
        labels === undefined ? made.observe(value) : made.observe(labels, value),
    }
  }

  /** Adds what this process needs in order to be ready. */
  check(name: string, check: Check): void {
    this.#checks.push({ name, check })
  }

  /** What is missing now, in words; nothing where everything is there. */
  async problems(): Promise<string[]> {
    const results = await Promise.allSettled(this.#checks.map(({ check }) => check()))
    return results.flatMap((result, index) =>
      result.status === 'fulfilled'
        ? []
        : [
            `${this.#checks[index]?.name}: ${result.reason instanceof Error ? result.reason.message : result.reason}`,
          ],
    )
  }

  /** Adds the metrics of another process to every look at these. */
  include(other: OtherProcess): void {
    this.#others.push(other)
  }

  /** Everything measured, in the text format of Prometheus, version 0.0.4. */
  async render(): Promise<string> {
    if (this.#others.length === 0) {
      await this.#look()
      return this.#registry.metrics()
    }
    const answers = await Promise.all([this.snapshot(), ...this.#others.map((other) => other())])
    const snapshots = answers.flatMap((answer) => (answer === undefined ? [] : [[...answer]]))
    return AggregatorRegistry.aggregate(snapshots).metrics()
  }

  /** Everything measured here, for another process. */
  async snapshot(): Promise<MetricsSnapshot> {
    await this.#look()
    return this.#registry.getMetricsAsJSON()
  }

  /** What the client library tells of any Node process. */
  async describeProcess(): Promise<
    { readonly name: string; readonly type: string; readonly help: string }[]
  > {
    const all = await this.#registry.getMetricsAsJSON()
    return all.flatMap(({ name, type, help }) =>
      name in CATALOGUE ? [] : [{ name, type: String(type), help }],
    )
  }

  /** Two who ask at the same time are given the same look. */
  async #look(): Promise<void> {
    this.#looking ??= this.#collect().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #collect(): Promise<void> {
    for (const [name, metric] of this.#values) {
      metric.reset()
      // What nobody adds to is absent, and not 0.
      if (definitionOf(name).labels.length === 0) metric.remove()
    }
    this.#streams.begin()
    const reading: Reading = {
      add: (name, value, ...[labels]) => this.#value(name).inc(labels ?? {}, value),
      hasSeries: (stream) => this.#streams.admit(stream),
    }
    await Promise.allSettled(this.#collectors.map(async (collector) => collector(reading)))
    reading.add('sluice_metrics_streams_left_out', this.#streams.leftOut)
  }

  #value(name: ValueName): Counter | Gauge {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const base = this.#base(name)
    const made = definitionOf(name).type === 'counter' ? new Counter(base) : new Gauge(base)
    this.#values.set(name, made)
    return made
  }

  #base(name: MetricName): Omit<CounterConfiguration<string>, 'collect'> {
    const { help, labels, across = 'sum' } = definitionOf(name)
    return { name, help, labelNames: [...labels], registers: [this.#registry], aggregator: across }
  }
}
