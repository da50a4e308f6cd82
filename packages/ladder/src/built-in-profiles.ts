import type { AudioTemplate, Profile, RungTemplate } from './profile.ts'

const AUDIO: AudioTemplate = { codec: 'aac', bitrate: 128_000, maxChannels: 2 }

function rung(height: number, maxFrameRate: number, bitrate: number): RungTemplate {
  return { name: `${height}p`, height, maxFrameRate, codec: 'h264', bitrate, preset: 'veryfast' }
}

/**
 * The profiles every installation starts with, by name. Bitrates step by about 1.8 to 2, which is what
 * players switch between without visible jumps; small rungs are for slow links, where 60 frames would
 * spend bits on motion nobody sees.
 */
export const BUILT_IN_PROFILES: { readonly [name in 'default' | 'source' | 'none']: Profile } = {
  default: {
    name: 'default',
    kind: 'ladder',
    rungs: [
      rung(1080, 60, 5_000_000),
      rung(720, 60, 2_800_000),
      rung(480, 30, 1_400_000),
      rung(360, 30, 800_000),
    ],
    audio: AUDIO,
  },
  source: { name: 'source', kind: 'source', rungs: [], audio: AUDIO },
  none: { name: 'none', kind: 'none', rungs: [], audio: AUDIO },
}
