import type { ConnectionTally, Metrics, Reading } from '@sluice/metrics'
import type { Feeds } from './feeds.ts'
import type { Hub } from './hub.ts'
import type { StreamTotals } from './ingest-totals.ts'
import type { OnAir } from './on-air.ts'

/** What an ingest has that is measured. */
export interface MeasuredIngest {
  readonly hub: Hub
  readonly feeds: Feeds
  /** By transport: the connections of each that is on. */
  readonly tallies: ReadonlyMap<string, ConnectionTally>
}

/** Adds an ingest to the metrics of its process. */
export function measureIngest(metrics: Metrics, { hub, feeds, tallies }: MeasuredIngest): void {
  metrics.collect((reading) => {
    const { add } = reading
    for (const [transport, tally] of tallies) {
      add('sluice_ingest_connections', tally.sockets.size, { transport })
      add('sluice_ingest_connections_opened_total', tally.opened, { transport })
      add('sluice_ingest_received_bytes_total', tally.receivedBytes, { transport })
      add('sluice_ingest_sent_bytes_total', tally.sentBytes, { transport })
    }
    const onAir = [...hub.onAir]
    const live = onAir.filter(({ state }) => state === 'live').length
    add('sluice_ingest_streams', live, { state: 'live' })
    add('sluice_ingest_streams', onAir.length - live, { state: 'waiting' })
    add('sluice_ingest_publishes_total', hub.totals.publishes)
    for (const [code, count] of hub.totals.refusals)
      add('sluice_ingest_publishes_refused_total', count, { code })
    add('sluice_ingest_players', hub.addresses.players)
    add(
      'sluice_ingest_ring_bytes',
      onAir.reduce((bytes, { stream }) => bytes + stream.ring.bytes, 0),
    )
    add('sluice_ingest_feeds', feeds.reading)
    for (const [reason, count] of Object.entries(feeds.cutOffs))
      add('sluice_ingest_feeds_cut_off_total', count, { reason })
    addTotals(reading, hub.totals.ofAll(onAir.map(({ totals }) => totals)))
    for (const each of onAir) if (reading.hasSeries(each.name)) addStream(reading, each)
  })
}

function addTotals({ add }: Reading, totals: StreamTotals): void {
  add('sluice_ingest_media_messages_total', totals.videoFrames, { kind: 'video' })
  add('sluice_ingest_media_messages_total', totals.audioPackets, { kind: 'audio' })
  add('sluice_ingest_media_bytes_total', totals.bytes)
  add('sluice_ingest_players_dropped_total', totals.playersTooSlow)
  for (const [kind, count] of Object.entries({
    wrap: totals.wraps,
    jump: totals.jumps,
    rollback: totals.rollbacks,
    non_monotonic: totals.nonMonotonic,
    gap: totals.gaps,
    audio_jump: totals.audioJumps,
  }))
    add('sluice_ingest_timestamp_repairs_total', count, { kind })
  for (const [kind, count] of Object.entries({
    audio: totals.audioDropped,
    before_keyframe: totals.videoBeforeKeyframe,
    data: totals.dataDropped,
    further_track: totals.furtherDropped,
  }))
    add('sluice_ingest_left_out_total', count, { kind })
}

function addStream(
  { add }: Reading,
  { name, state, stream: { clock, ring }, totals, playback }: OnAir,
): void {
  const stream = { stream: name }
  add('sluice_stream_publisher_up', state === 'live' ? 1 : 0, stream)
  add('sluice_stream_media_bytes_total', totals.bytes, stream)
  add('sluice_stream_media_messages_total', totals.videoFrames, { ...stream, kind: 'video' })
  add('sluice_stream_media_messages_total', totals.audioPackets, { ...stream, kind: 'audio' })
  const { jumps, rollbacks, nonMonotonic, gaps, audioJumps } = totals
  add('sluice_stream_timestamp_repairs_total', jumps + rollbacks + nonMonotonic + gaps + audioJumps, stream)
  if (clock.keyframeInterval !== undefined)
    add('sluice_stream_keyframe_interval_seconds', clock.keyframeInterval / 1000, stream)
  add('sluice_stream_ring_bytes', ring.bytes, stream)
  add('sluice_stream_players', playback.size, stream)
}
