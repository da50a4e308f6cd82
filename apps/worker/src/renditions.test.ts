import { timescale } from '@sluice/core'
import { BUILT_IN_PROFILES, planLadder } from '@sluice/ladder'
import { type AudioTrack, BT_709, type ColourDescription, type VideoTrack } from '@sluice/media'
import { AVC_CONFIGURATION } from '@sluice/testkit'
import { describe, expect, it } from 'vitest'
import { furtherRendition, type OutgoingTrack } from './outgoing-tracks.ts'
import { plannedRenditions } from './renditions.ts'

/** Plays everywhere; its record is one of a smaller picture, which nobody looks at here. */
const H264: VideoTrack = {
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 1280,
  height: 720,
  pixelAspectRatio: [1, 1],
  frameRate: 30,
  timescale: timescale(90_000),
  config: AVC_CONFIGURATION.subarray(5),
}
const AV1: VideoTrack = {
  ...H264,
  codec: 'av1',
  codecString: 'av01.0.05M.08',
  config: Uint8Array.of(0x81, 0x05, 0x0c, 0x00),
}
const AAC: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}
const FLAC: AudioTrack = { ...AAC, codec: 'flac', codecString: 'fLaC', config: new Uint8Array(34) }
const MP3: AudioTrack = { ...AAC, codec: 'mp3', codecString: 'mp4a.6B', config: new Uint8Array(0) }

/** Each rendition with the sound that is announced for it. */
function planned(
  video: VideoTrack | undefined,
  audio: AudioTrack | undefined,
  profile = BUILT_IN_PROFILES.default,
): string[] {
  const plan = planLadder({ video, audio }, profile)
  return plannedRenditions(plan, { video, audio }).map((rendition) =>
    rendition.kind === 'video'
      ? `${rendition.id} with ${[rendition.audio, ...(rendition.furtherAudio ?? [])].join(' or ')}`
      : rendition.id,
  )
}

describe('what goes out with what', () => {
  it.each([
    [
      'what all browsers play',
      H264,
      AAC,
      [
        'source with audio-source',
        '480p with audio-128k',
        '360p with audio-128k',
        'audio-source',
        'audio-128k',
      ],
    ],
    [
      'a picture that all play beside sound that some do',
      H264,
      FLAC,
      [
        'source with audio-128k or audio-source',
        '480p with audio-128k or audio-source',
        '360p with audio-128k or audio-source',
        'audio-source',
        'audio-128k',
      ],
    ],
    [
      'a picture that some play, with its own sound',
      AV1,
      FLAC,
      [
        'source with audio-source',
        '720p with audio-128k',
        '480p with audio-128k',
        '360p with audio-128k',
        'audio-source',
        'audio-128k',
      ],
    ],
    [
      'sound that none play',
      H264,
      MP3,
      ['source with audio-128k', '480p with audio-128k', '360p with audio-128k', 'audio-128k'],
    ],
    ['no sound', AV1, undefined, ['source with ', '720p with ', '480p with ', '360p with ']],
  ] as const)('%s', (_, video, audio, expected) => {
    expect(planned(video, audio)).toEqual(expected)
  })

  it('without an encoder: what there is', () => {
    expect(planned(H264, FLAC, BUILT_IN_PROFILES.source)).toEqual([
      'source with audio-source',
      'audio-source',
    ])
  })

  it.each([H264, AV1].flatMap((video) => [AAC, FLAC, MP3].map((audio) => [video, audio] as const)))(
    'every audio rendition is played with some picture: $codec',
    (video, audio) => {
      const plan = planLadder({ video, audio }, BUILT_IN_PROFILES.default)
      const renditions = plannedRenditions(plan, { video, audio })
      const named = renditions.flatMap((each) =>
        each.kind === 'video' ? [each.audio, ...(each.furtherAudio ?? [])] : [],
      )
      const sounds = renditions.filter((each) => each.kind === 'audio').map(({ id }) => id)
      expect(sounds.filter((id) => !named.includes(id))).toEqual([])
    },
  )
})

describe('how it is described', () => {
  const PQ: ColourDescription = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }
  const HDR: VideoTrack = { ...AV1, colour: { description: PQ } }
  const video = (source: VideoTrack) => {
    const plan = planLadder({ video: source, audio: undefined }, BUILT_IN_PROFILES.default)
    return plannedRenditions(plan, { video: source, audio: undefined }).filter(
      (each) => each.kind === 'video',
    )
  }

  it('a source of a high range, and rungs for every display', () => {
    expect(video(HDR).map(({ colour }) => colour)).toEqual([PQ, BT_709, BT_709, BT_709])
  })

  it('rungs that nobody can map keep the range', () => {
    const { toneMap: _, ...plan } = planLadder({ video: HDR, audio: undefined }, BUILT_IN_PROFILES.default)
    const colours = plannedRenditions(plan, { video: HDR, audio: undefined }).map((each) =>
      each.kind === 'video' ? each.colour : undefined,
    )
    expect(colours).toEqual([PQ, PQ, PQ, PQ])
  })

  it('the frame rate is the announced one where the headers have none', () => {
    const announced = { ...AV1, frameRate: undefined, announcedFrameRate: 50 }
    expect(video(announced).map(({ frameRate }) => frameRate)).toEqual([50, 50, 25, 25])
    expect(video({ ...announced, frameRate: 24 })[0]?.frameRate).toBe(24)
  })
})

describe('further tracks', () => {
  const SMALL: VideoTrack = { ...H264, width: 854, height: 480 }
  const TINY: VideoTrack = { ...H264, width: 284, height: 160 }
  const outgoing = (
    trackId: number,
    track: VideoTrack | AudioTrack,
    label: OutgoingTrack['label'] = {},
  ): OutgoingTrack => ({
    trackId,
    track,
    label,
    id: furtherRendition(trackId, track.kind),
    encoded: undefined,
  })

  it('stand among the rungs by their size, with the sound that the source has', () => {
    const tracks = [outgoing(1, TINY), outgoing(2, SMALL)]
    const plan = planLadder({ video: H264, audio: AAC, further: [TINY, SMALL] }, BUILT_IN_PROFILES.default)
    const renditions = plannedRenditions(plan, { video: H264, audio: AAC }, { tracks, defaultLabel: {} })
    expect(renditions.map(({ id, order }) => `${order} ${id}`)).toEqual([
      ...['0 source', '1 source-2', '2 360p', '3 source-1', '4 audio-source', '5 audio-128k'],
    ])
    expect(renditions.flatMap((each) => (each.kind === 'video' ? [each.audio] : []))).toEqual([
      ...['audio-source', 'audio-source', 'audio-128k', 'audio-source'],
    ])
  })

  it.each([
    ['nothing', [{}, {}, {}], ['Track 1', 'Track 2', 'Track 3']],
    ['something', [{ name: 'Game' }, {}, { name: 'Voice' }], ['Game', 'Track 2', 'Voice']],
    ['the same twice', [{ name: 'A' }, { name: 'A' }, { name: 'A (2)' }], ['A', 'A (2)', 'A (2) (2)']],
  ])('that are sounds have a name each, where the publisher says %s', (_, [main, ...labels], names) => {
    const tracks = labels.map((label, index) => outgoing(index + 1, AAC, label))
    const plan = planLadder({ video: H264, audio: AAC }, BUILT_IN_PROFILES.source)
    const planned = plannedRenditions(
      plan,
      { video: H264, audio: AAC },
      { tracks, defaultLabel: { ...main, language: 'en' } },
    ).filter((each) => each.kind === 'audio')
    expect(planned.map(({ name }) => name)).toEqual(names)
    expect(planned.map(({ alternative, language }) => [alternative, language])).toEqual([
      ...[
        [undefined, 'en'],
        [1, undefined],
        [2, undefined],
      ],
    ])
  })

  it('may be sounds that are encoded', () => {
    const plan = planLadder({ video: H264, audio: AAC }, BUILT_IN_PROFILES.source)
    const { audio } = planLadder({ video: undefined, audio: FLAC }, BUILT_IN_PROFILES.default)
    if (audio === undefined) throw new Error('nothing is encoded')
    const id = 'audio-128k-3'
    const tracks = [{ ...outgoing(3, FLAC), id, encoded: { ...audio, id } }]
    const planned = plannedRenditions(plan, { video: H264, audio: AAC }, { tracks, defaultLabel: {} })
    expect(planned.at(-1)).toEqual({
      ...{ id: 'audio-128k-3', kind: 'audio', order: 2, init: undefined, alternative: 3, name: 'Track 4' },
      ...{
        codecString: 'mp4a.40.2',
        nominalBitrate: 128_000,
        timescale: 48_000,
        sampleRate: 48_000,
        channels: 2,
      },
    })
  })

  it('leave a single sound without a name', () => {
    const plan = planLadder({ video: H264, audio: AAC }, BUILT_IN_PROFILES.source)
    const source = { tracks: [outgoing(1, SMALL)], defaultLabel: { name: 'Game', language: 'en' } }
    const [, , sound] = plannedRenditions(plan, { video: H264, audio: AAC }, source)
    expect(sound).toMatchObject({ id: 'audio-source' })
    expect(sound).not.toHaveProperty('name')
    expect(sound).not.toHaveProperty('language')
  })
})
