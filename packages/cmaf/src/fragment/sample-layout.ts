import type { SampleDefaults } from '../box/track-extends-box.ts'
import type { TrackRunLayout, TrackRunSample } from '../box/track-run-box.ts'

/** How the samples of a fragment are described: what once for all, what for each. */
export interface SampleLayout {
  readonly defaults: Partial<SampleDefaults>
  readonly run: TrackRunLayout
}

/**
 * Chooses the shortest description: a value that all samples share becomes a default; flags that only the
 * first sample differs in (the keyframe that opens a segment) are stated for it alone.
 */
export function sampleLayout(samples: readonly TrackRunSample[]): SampleLayout {
  const duration = shared(samples, (sample) => sample.duration)
  const size = shared(samples, (sample) => sample.size)
  const flags = shared(samples, (sample) => sample.flags)
  const restFlags = shared(samples.slice(1), (sample) => sample.flags)
  const defaultFlags = flags ?? restFlags
  return {
    defaults: {
      ...(duration === undefined ? {} : { duration }),
      ...(size === undefined ? {} : { size }),
      ...(defaultFlags === undefined ? {} : { flags: defaultFlags }),
    },
    run: {
      durations: duration === undefined,
      sizes: size === undefined,
      flags: flags !== undefined ? 'none' : restFlags !== undefined ? 'first' : 'each',
      compositionOffsets: samples.some((sample) => sample.compositionOffset !== 0),
    },
  }
}

/** The value that all samples have, undefined when they differ or there are none. */
function shared(
  samples: readonly TrackRunSample[],
  field: (sample: TrackRunSample) => number,
): number | undefined {
  const [first] = samples
  if (first === undefined) return undefined
  const value = field(first)
  return samples.every((sample) => field(sample) === value) ? value : undefined
}
