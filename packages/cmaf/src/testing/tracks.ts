import { timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { AudioTrack, VideoTrack } from '@sluice/media'

/** A video track for tests that do not decode: its configuration record is not a real one. */
export const VIDEO_TRACK: VideoTrack = {
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 720,
  height: 576,
  pixelAspectRatio: [1, 1],
  frameRate: 30,
  timescale: VIDEO_TIMESCALE,
  config: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
}

/** AAC-LC, 48 kHz, stereo. */
export const AUDIO_TRACK: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}
