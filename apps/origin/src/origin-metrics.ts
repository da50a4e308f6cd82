import type { ConnectionTally, Metrics } from '@sluice/metrics'
import type { ResponseCounts } from './http/response-counts.ts'
import type { OriginLimits } from './limits.ts'
import type { MediaCache } from './live/media-cache.ts'
import type { OriginTotals } from './live/origin-totals.ts'
import type { StreamDirectory } from './live/stream-directory.ts'
import type { WaitingRoom } from './live/wait-list.ts'

/** What an origin has that is measured. */
export interface MeasuredOrigin {
  readonly directory: StreamDirectory
  readonly room: WaitingRoom
  readonly media: MediaCache
  readonly totals: OriginTotals
  readonly responses: ResponseCounts
  /** By protocol: the connections of each that is on. */
  readonly tallies: ReadonlyMap<string, ConnectionTally>
  readonly limits: OriginLimits
}

/** Adds an origin to the metrics of its process. */
export function measureOrigin(metrics: Metrics, origin: MeasuredOrigin): void {
  const { directory, room, media, totals, responses, tallies, limits } = origin
  metrics.collect(({ add, hasSeries }) => {
    for (const [protocol, tally] of tallies) {
      add('sluice_origin_connections', tally.sockets.size, { protocol })
      add('sluice_origin_connections_opened_total', tally.opened, { protocol })
      add('sluice_origin_sent_bytes_total', tally.sentBytes, { protocol })
    }
    for (const { kind, status, count } of responses.entries())
      add('sluice_origin_responses_total', count, { kind, status })
    add('sluice_origin_requests_waiting', room.waiting)
    add('sluice_origin_requests_waiting_limit', limits.maxWaiting)
    add('sluice_origin_documents_total', totals.documents.hits, { cache: 'hit' })
    add('sluice_origin_documents_total', totals.documents.misses, { cache: 'miss' })
    add('sluice_origin_media_reads_total', totals.media.hits, { cache: 'hit' })
    add('sluice_origin_media_reads_total', totals.media.misses, { cache: 'miss' })
    add('sluice_origin_media_cache_bytes', media.size)
    add('sluice_origin_media_cache_files', media.files)
    add('sluice_origin_streams', directory.size)
    for (const [kind, seconds] of Object.entries(totals.viewed))
      add('sluice_origin_viewed_seconds_total', seconds, { kind })
    for (const { stream, viewedSeconds } of directory.broadcasts)
      if (hasSeries(stream)) add('sluice_stream_viewed_seconds_total', viewedSeconds, { stream })
  })
}
