import type { HlsConfig } from 'hls.js'

/** How hls.js plays our streams, on the watch page and where its latency is measured. */
export const HLS_SETTINGS: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // `keepPace` does it.
  maxLiveSyncPlaybackRate: 1,
  backBufferLength: 30,
  liveDurationInfinity: true,
  // The first guess of the connection's speed: a good rung at once rather than half a minute later.
  abrEwmaDefaultEstimate: 5_000_000,
}
