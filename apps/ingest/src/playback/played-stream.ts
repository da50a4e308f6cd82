import type { LiveStream } from '../live-stream.ts'

/** What players need of a stream: this ingest's own, or a replica of another's. */
export type PlayedStream = Pick<LiveStream, 'ring' | 'ended' | 'properties' | 'subscribe'>
