import { type Ticks, ticks, type timescale, VIDEO_TIMESCALE } from '@sluice/core'
import { type AudioTrack, aacTrack, h264Track, type Packet, type VideoTrack } from '@sluice/media'
import { AAC_RECORD, AVC_RECORD } from '@sluice/testkit'

/** 320x180 baseline H.264, with 4-byte lengths. */
export const VIDEO: VideoTrack = h264Track(AVC_RECORD)

/** 48 kHz stereo AAC-LC. */
export const AUDIO: AudioTrack = aacTrack(AAC_RECORD)

/** A picture of one slice of so many bytes. */
export function picture(
  time: number,
  options: { readonly size?: number; readonly delay?: number } = {},
): Packet {
  const { size = 500, delay = 0 } = options
  const keyframe = time === 0
  const data = new Uint8Array(4 + size).fill(7)
  new DataView(data.buffer).setUint32(0, size)
  data[4] = keyframe ? 0x65 : 0x41
  return {
    kind: 'video',
    dts: at(time, VIDEO_TIMESCALE),
    pts: at(time + delay, VIDEO_TIMESCALE),
    keyframe,
    data,
  }
}

/** The frames of sound from one time to another, in seconds. */
export function sound(from: number, to: number, size = 300): Packet[] {
  const first = Math.ceil((from * AUDIO.sampleRate) / 1024)
  const end = Math.ceil((to * AUDIO.sampleRate) / 1024)
  return Array.from({ length: end - first }, (_, index): Packet => {
    const time = ticks((first + index) * 1024)
    return { kind: 'audio', dts: time, pts: time, keyframe: true, data: new Uint8Array(size).fill(9) }
  })
}

function at(seconds: number, scale: ReturnType<typeof timescale>): Ticks {
  return ticks(Math.round(seconds * scale))
}
