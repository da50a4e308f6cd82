import { StateError } from '@sluice/core'
import Type from 'typebox'
import Value from 'typebox/value'
import { STREAM_NAME_PATTERN } from '../streams/stream-name.ts'

/** An ended broadcast whose files and keys are to be deleted. */
export interface ExpireJob {
  readonly stream: string
  readonly broadcast: string
}

const schema = Type.Object(
  {
    stream: Type.String({ pattern: STREAM_NAME_PATTERN }),
    broadcast: Type.String({ pattern: '^[a-z0-9]{1,40}$' }),
  },
  { additionalProperties: false },
)

/** @throws {StateError} `cluster.job.invalid` */
export function readExpireJob(value: unknown): ExpireJob {
  if (Value.Check(schema, value)) return value
  throw new StateError('cluster.job.invalid', 'not an expire job')
}
