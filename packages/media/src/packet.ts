import type { Ticks } from '@sluice/core'

/**
 * One demuxed access unit. Times are ticks of its track's timescale on the broadcast's media timeline.
 * `data` is the codec's bytes as MP4 stores them (H.264: length-prefixed NAL units; AAC: a raw frame
 * without ADTS); it is a view of the bytes received and is never written to.
 */
export interface Packet {
  readonly kind: 'video' | 'audio'
  readonly dts: Ticks
  readonly pts: Ticks
  /** True when decoding may start here. Always true for audio. */
  readonly keyframe: boolean
  readonly data: Uint8Array
}
