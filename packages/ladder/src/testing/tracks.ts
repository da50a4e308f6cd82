import { timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { AudioTrack, VideoTrack } from '@sluice/media'

/** The configuration record of an x264 stream in Main profile. Its size does not matter here. */
const AVC_CONFIG = '014d401fffe10019674d401feca02802dd8088000003000800000301e078c18cb001000468ce0fc8'

/** A progressive H.264 track at 30 frames per second, unless said otherwise. */
export function videoTrack(width: number, height: number, more: Partial<VideoTrack> = {}): VideoTrack {
  return {
    kind: 'video',
    codec: 'h264',
    codecString: 'avc1.4d401f',
    width,
    height,
    pixelAspectRatio: [1, 1],
    frameRate: 30,
    timescale: VIDEO_TIMESCALE,
    config: Uint8Array.from(Buffer.from(AVC_CONFIG, 'hex')),
    ...more,
  }
}

/** AAC-LC, 48 kHz stereo, unless said otherwise. */
export function audioTrack(more: Partial<AudioTrack> = {}): AudioTrack {
  return {
    kind: 'audio',
    codec: 'aac',
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 2,
    samplesPerPacket: 1024,
    timescale: timescale(48_000),
    config: Uint8Array.of(0x11, 0x90),
    ...more,
  }
}
