/** What an origin measures. */
export const ORIGIN_METRICS = {
  sluice_origin_connections: {
    type: 'gauge',
    help: 'Open connections of viewers and edges',
    labels: ['protocol'],
    by: 'origin',
  },
  sluice_origin_connections_opened_total: {
    type: 'counter',
    help: 'Connections that came',
    labels: ['protocol'],
    by: 'origin',
  },
  sluice_origin_sent_bytes_total: {
    type: 'counter',
    help: 'Bytes written to viewers and edges, with TLS where there is TLS',
    labels: ['protocol'],
    by: 'origin',
  },
  sluice_origin_responses_total: {
    type: 'counter',
    help: 'Answers that ended, whole or cut off, by what was asked for and the status',
    labels: ['kind', 'status'],
    by: 'origin',
  },
  sluice_origin_requests_waiting: {
    type: 'gauge',
    help: 'Requests held until what they ask for is there',
    labels: [],
    by: 'origin',
  },
  sluice_origin_requests_waiting_limit: {
    type: 'gauge',
    help: 'Requests that may be held at a time: more get 503',
    labels: [],
    by: 'origin',
  },
  sluice_origin_documents_total: {
    type: 'counter',
    help: 'Playlists and manifests: a hit was rendered before, a miss is rendered now',
    labels: ['cache'],
    by: 'origin',
  },
  sluice_origin_media_reads_total: {
    type: 'counter',
    help: 'Reads of media: a hit was in memory, a miss is read from the store or waits for such a read',
    labels: ['cache'],
    by: 'origin',
  },
  sluice_origin_media_cache_bytes: {
    type: 'gauge',
    help: 'Media in memory',
    labels: [],
    by: 'origin',
  },
  sluice_origin_media_cache_files: {
    type: 'gauge',
    help: 'Parts, segments and init segments in memory',
    labels: [],
    by: 'origin',
  },
  sluice_origin_streams: {
    type: 'gauge',
    help: 'Streams that are followed because somebody asked for them in the last minute',
    labels: [],
    by: 'origin',
  },
  sluice_origin_viewed_seconds_total: {
    type: 'counter',
    help: 'Media that was asked for, in the length that parts and segments aim at: its rate is the number of those who play',
    labels: ['kind'],
    by: 'origin',
  },
  sluice_stream_viewed_seconds_total: {
    type: 'counter',
    help: 'The same for each stream, of pictures, or of sound where the stream has no pictures',
    labels: ['stream'],
    by: 'origin',
  },
} as const
