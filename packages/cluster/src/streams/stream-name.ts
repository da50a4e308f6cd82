import { ProtocolError } from '@sluice/core'

/** What a stream name looks like, as a pattern for schemas. */
export const STREAM_NAME_PATTERN = '^[a-z0-9][a-z0-9_-]{0,62}$'

const pattern = new RegExp(STREAM_NAME_PATTERN)

/** True for 1 to 63 lower-case letters, digits, `_` and `-`, beginning with a letter or digit. */
export function isStreamName(name: string): boolean {
  return pattern.test(name)
}

/** @throws {ProtocolError} `cluster.stream.bad_name`, with a name that would do where there is one. */
export function checkStreamName(name: string): void {
  if (isStreamName(name)) return
  const lower = name.toLowerCase()
  const suggestion = lower !== name && isStreamName(lower) ? `; ${lower} would do` : ''
  throw new ProtocolError(
    'cluster.stream.bad_name',
    `${JSON.stringify(name.slice(0, 100))} is no stream name: use 1 to 63 lower-case letters, digits, _ and -, beginning with a letter or digit${suggestion}`,
    { details: { field: 'name' } },
  )
}
