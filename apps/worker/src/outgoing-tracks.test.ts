import type { FurtherTrack } from '@sluice/broadcast'
import type { FfmpegCapabilities } from '@sluice/ffmpeg'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import type { AudioTrack, VideoTrack } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { describeOutgoing, outgoingTracks } from './outgoing-tracks.ts'
import { TRACKS } from './testing/feed.ts'

const FFMPEG: FfmpegCapabilities = {
  binary: 'ffmpeg',
  version: { major: 5, minor: 1, text: '5.1' },
  encoders: ['libx264', 'aac'],
  decoders: ['h264', 'aac', 'mp3'],
  muxers: ['mp4'],
  demuxers: ['flv', 'mp4'],
  hardware: [],
  videoEncoder: { kind: 'software' },
  filters: [],
}
const VP8: VideoTrack = {
  ...TRACKS.video,
  codec: 'vp8',
  codecString: 'vp08.00.31.08',
  config: new Uint8Array(),
}
const AV1: VideoTrack = {
  ...TRACKS.video,
  codec: 'av1',
  codecString: 'av01.0.05M.08',
  config: Uint8Array.of(0x81, 0x05, 0x0c, 0x00),
}
const MP3: AudioTrack = { ...TRACKS.audio, codec: 'mp3', codecString: 'mp4a.6B', config: new Uint8Array() }
const FLAC: AudioTrack = { ...TRACKS.audio, codec: 'flac', codecString: 'fLaC', config: new Uint8Array(34) }

/** What becomes of track 2: its rendition, or why there is none. */
function fate(
  track: FurtherTrack['track'],
  profile: keyof typeof BUILT_IN_PROFILES = 'default',
  ffmpeg: FfmpegCapabilities = FFMPEG,
): string | undefined {
  const [choice] = outgoingTracks([{ trackId: 2, track, label: {} }], BUILT_IN_PROFILES[profile], ffmpeg)
  if (choice === undefined) return undefined
  return 'unplayable' in choice ? `${choice.id}: ${choice.unplayable}` : describeOutgoing(choice)
}

describe('a further picture', () => {
  it.each([
    ['that all browsers play goes out as it is', TRACKS.video, 'source-2 avc1.42c00c 320x180'],
    ['that some play does too', AV1, 'source-2 av01.0.05M.08 320x180'],
    [
      'that none plays does not',
      VP8,
      'source-2: browsers cannot play vp08.00.31.08, and no further picture is encoded',
    ],
  ])('%s', (_, track, expected) => {
    expect(fate(track)).toBe(expected)
    expect(fate(track, 'source')).toBe(expected)
    expect(fate(track, 'none')).toBeUndefined()
  })
})

describe('a further sound', () => {
  it('that all browsers play goes out as it is', () => {
    expect(fate(TRACKS.audio)).toBe('audio-source-2 mp4a.40.2 48000 Hz')
    expect(fate(TRACKS.audio, 'source')).toBe('audio-source-2 mp4a.40.2 48000 Hz')
  })

  it('that not all play is encoded, where anything is', () => {
    expect(fate(MP3)).toBe('audio-128k-2 mp4a.6B 48000 Hz')
    expect(fate(MP3, 'source')).toBe(
      'audio-source-2: browsers cannot play mp4a.6B, and profile "source" encodes none',
    )
    const [choice] = outgoingTracks(
      [{ trackId: 2, track: MP3, label: {} }],
      BUILT_IN_PROFILES.default,
      FFMPEG,
    )
    expect(choice).toMatchObject({ encoded: { id: 'audio-128k-2', codec: 'aac', bitrate: 128_000 } })
  })

  it('that this ffmpeg cannot decode is left out', () => {
    expect(fate(FLAC)).toMatch(
      /^audio-source-2: not all browsers can play fLaC, and the source is flac, for which/,
    )
  })
})
