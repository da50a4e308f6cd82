import type { MediaPlayerSettingClass } from 'dashjs'

/** How dash.js plays our streams, on the watch page and where its latency is measured. */
export const DASH_SETTINGS: MediaPlayerSettingClass = {
  debug: { logLevel: 0 },
  streaming: {
    // The first guess of the connection's speed, in kbit/s: a good rung at once.
    abr: { initialBitrate: { video: 5000 } },
    buffer: { bufferToKeep: 30 },
    // Where pictures leave a gap and sound does not, Chromium plays on without pictures and stands still 3 s later, with all it needs
    // loaded; dash.js looks for gaps only now and then, and none is left to be seen by then.
    gaps: { enableStallFix: true },
  },
}
