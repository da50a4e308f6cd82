import type { MediaPlayerSettingClass } from 'dashjs'

/** How dash.js plays our streams, on the watch page and where its latency is measured. */
export const DASH_SETTINGS: MediaPlayerSettingClass = {
  debug: { logLevel: 0 },
  streaming: {
    // The first guess of the connection's speed, in kbit/s: a good rung at once.
    abr: { initialBitrate: { video: 5000 } },
    buffer: { bufferToKeep: 30 },
  },
}
