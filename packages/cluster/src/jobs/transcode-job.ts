import { type EpochMillis, errorMessage, type Millis, StateError } from '@sluice/core'
import { type Profile, ProfileSchema, readProfile } from '@sluice/ladder'
import Type from 'typebox'
import Value from 'typebox/value'
import { STREAM_NAME_PATTERN } from '../streams/stream-name.ts'

/** Everything a worker needs to run one broadcast. The ingest writes it, a worker reads it, both check it. */
export interface TranscodeJob {
  readonly stream: string
  readonly broadcast: string
  /**
   * The fencing token. The worker's handler sees the epoch of its own run, which is higher than the one
   * the ingest issued when the job runs for a second time.
   */
  readonly epoch: number
  readonly profile: Profile
  /** Where the ingest feeds the broadcast: an `http:` address. */
  readonly feedUrl: string
  /** Proves to the ingest that the worker has this job. */
  readonly feedToken: string
  /** Number of the first boundary whose segment this run makes. */
  readonly startBoundary: number
  /** Wall-clock time of media time 0. */
  readonly startedAt: EpochMillis
  readonly segmentSeconds: number
  readonly partMillis: Millis
  /** How far back viewers may seek. */
  readonly windowSeconds: number
  /** Runs of the broadcast that ended soon after they began, one after the other, before this job: default 0. */
  readonly failures?: number
}

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const schema = Type.Object(
  {
    stream: Type.String({ pattern: STREAM_NAME_PATTERN }),
    broadcast: Type.String({ pattern: '^[a-z0-9]{1,40}$' }),
    epoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    profile: Type.Unsafe<Profile>(ProfileSchema),
    feedUrl: Type.String({ pattern: '^https?://', maxLength: 2000 }),
    feedToken: Type.String({ minLength: 1, maxLength: 200 }),
    startBoundary: count,
    startedAt: Type.Unsafe<EpochMillis>(count),
    segmentSeconds: Type.Number({ exclusiveMinimum: 0, maximum: 60 }),
    partMillis: Type.Unsafe<Millis>(Type.Integer({ minimum: 1, maximum: 60_000 })),
    windowSeconds: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    failures: Type.Optional(count),
  },
  { additionalProperties: false },
)

/**
 * Checks data that claims to be a job.
 *
 * @throws {StateError} `cluster.job.invalid`, naming the field: the two sides are of different versions.
 */
export function readTranscodeJob(value: unknown): TranscodeJob {
  if (!Value.Check(schema, value)) {
    const [first] = Value.Errors(schema, value)
    throw invalid(`${first?.instancePath || '/'} ${first?.message ?? 'does not match the schema'}`)
  }
  try {
    return { ...value, profile: readProfile(value.profile) }
  } catch (error) {
    throw invalid(errorMessage(error))
  }
}

function invalid(what: string): StateError {
  return new StateError('cluster.job.invalid', `not a transcode job: ${what}`)
}
