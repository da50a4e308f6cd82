import { UnsupportedError } from '@sluice/core'
import type { AudioTrack, VideoTrack } from '@sluice/media'
import { describe, expect, test } from 'vitest'
import { BUILT_IN_PROFILES } from './built-in-profiles.ts'
import { needsEncoder } from './ladder-plan.ts'
import { type LadderSource, planLadder } from './plan-ladder.ts'
import type { Profile } from './profile.ts'
import { audioTrack as audio, videoTrack as video } from './testing/tracks.ts'

function plan(source: Partial<LadderSource>, profile: Profile = BUILT_IN_PROFILES.default) {
  return planLadder({ video: undefined, audio: undefined, ...source }, profile)
}

function sizes(source: Partial<LadderSource>): string[] {
  return plan(source).rungs.map((rung) => `${rung.id} ${rung.width}x${rung.height}`)
}

const VP8 = { codec: 'vp8', codecString: 'vp08.00.31.08', config: new Uint8Array(0) } as const
/** Main profile, level 3.1. */
const AV1 = {
  codec: 'av1',
  codecString: 'av01.0.05M.08',
  config: Uint8Array.of(0x81, 0x05, 0x0c, 0x00),
} as const

describe('sizes', () => {
  const cases: readonly { name: string; track: VideoTrack; rungs: readonly string[] }[] = [
    {
      name: '1080p: strictly below',
      track: video(1920, 1080),
      rungs: ['720p 1280x720', '480p 854x480', '360p 640x360'],
    },
    { name: '720p', track: video(1280, 720), rungs: ['480p 854x480', '360p 640x360'] },
    {
      name: '1440p gets everything',
      track: video(2560, 1440),
      rungs: ['1080p 1920x1080', '720p 1280x720', '480p 854x480', '360p 640x360'],
    },
    { name: 'portrait', track: video(1080, 1920), rungs: ['720p 720x1280', '480p 480x854', '360p 360x640'] },
    { name: 'square', track: video(720, 720), rungs: ['480p 480x480', '360p 360x360'] },
    { name: 'odd size', track: video(853, 479), rungs: ['360p 642x360'] },
    {
      name: 'ultra wide',
      track: video(2560, 1080),
      rungs: ['720p 1706x720', '480p 1138x480', '360p 854x360'],
    },
    {
      name: 'anamorphic PAL widescreen becomes square pixels',
      track: video(720, 576, { pixelAspectRatio: [64, 45] }),
      rungs: ['480p 854x480', '360p 640x360'],
    },
    {
      name: 'anamorphic HDV',
      track: video(1440, 1080, { pixelAspectRatio: [4, 3] }),
      rungs: ['720p 1280x720', '480p 854x480', '360p 640x360'],
    },
    {
      name: 'unspecified pixel aspect counts as square',
      track: video(1280, 720, { pixelAspectRatio: [0, 1] }),
      rungs: ['480p 854x480', '360p 640x360'],
    },
    { name: '360p: nothing is below', track: video(640, 360), rungs: [] },
    { name: 'tiny', track: video(320, 180), rungs: [] },
    {
      name: 'a source browsers cannot play: its own size too',
      track: video(1280, 720, VP8),
      rungs: ['720p 1280x720', '480p 854x480', '360p 640x360'],
    },
    {
      name: 'a source that some browsers play: its own size too',
      track: video(1280, 720, AV1),
      rungs: ['720p 1280x720', '480p 854x480', '360p 640x360'],
    },
    {
      name: 'a tiny source browsers cannot play: its own size',
      track: video(321, 181, VP8),
      rungs: ['180p 320x180'],
    },
  ]
  test.each(cases)('$name', ({ track, rungs }) => {
    expect(sizes({ video: track })).toEqual(rungs)
  })

  test('what is left out is noted', () => {
    expect(plan({ video: video(1280, 720) }).notes).toEqual([
      'not made, the source has 720 lines: 1080p, 720p',
    ])
  })
})

describe('further tracks of the publisher', () => {
  const HD = video(1920, 1080)
  const rungs = (further: readonly VideoTrack[], track: VideoTrack = HD) => {
    const { rungs: made, notes } = plan({ video: track, further })
    return [made.map(({ id }) => id), notes.filter((note) => note.includes('sends'))]
  }

  test.each([
    ['one of the same size', video(1280, 720), ['480p', '360p'], '720p'],
    ['one of nearly the same size', video(960, 540), ['720p', '360p'], '480p'],
    ['a portrait one', video(360, 640), ['720p', '480p'], '360p'],
  ])('%s stands for a rung', (_, track, left, covered) => {
    expect(rungs([track])).toEqual([left, [`not made, the publisher sends them: ${covered}`]])
  })

  test('all of them', () => {
    const further = [video(1280, 720), video(852, 480), video(640, 360), video(284, 160)]
    const made = plan({ video: HD, audio: audio(), further })
    expect(made).toMatchObject({ rungs: [], audio: undefined, cost: 0 })
    expect(made.notes).toEqual([
      'not made, the source has 1080 lines: 1080p',
      'not made, the publisher sends them: 720p, 480p, 360p',
    ])
  })

  test.each([
    ['too far from any', video(1066, 600)],
    ['not played by every browser', video(1280, 720, AV1)],
    ['not played by any', video(1280, 720, VP8)],
  ])('one that is %s stands for none', (_, track) => {
    expect(rungs([track])).toEqual([['720p', '480p', '360p'], []])
  })

  test('stand for the size of a source that not every browser plays', () => {
    expect(rungs([HD], video(1920, 1080, AV1))[0]).toEqual(['720p', '480p', '360p'])
    expect(rungs([video(320, 180)], video(320, 180, AV1))[0]).toEqual([])
  })

  test('say nothing to a profile that encodes nothing', () => {
    expect(plan({ video: HD, further: [video(1280, 720)] }, BUILT_IN_PROFILES.source).notes).toEqual([])
  })
})

describe('frame rates', () => {
  const of = (frameRate: number | undefined, hint?: number) =>
    plan({
      video: video(1280, 720, {
        frameRate,
        ...(hint === undefined ? {} : { announcedFrameRate: hint }),
      }),
    }).rungs.map((rung) => [rung.id, rung.frameRate, rung.maxFrameRate])

  test('a source at or below the cap keeps every frame', () => {
    expect(of(30)).toEqual([
      ['480p', 30, undefined],
      ['360p', 30, undefined],
    ])
    expect(of(25)[0]).toEqual(['480p', 25, undefined])
  })

  test('a faster source is halved', () => {
    expect(of(60)[0]).toEqual(['480p', 30, 30])
    expect(of(50)[0]).toEqual(['480p', 25, 30])
  })

  test('what is announced counts where the headers say nothing, and is not trusted to be the highest', () => {
    expect(of(undefined, 60)[0]).toEqual(['480p', 30, 30])
    expect(of(undefined, 25)[0]).toEqual(['480p', 25, 30])
    expect(of(25, 60)[0]).toEqual(['480p', 25, undefined])
  })

  test('an unknown rate is capped', () => {
    expect(of(undefined)[0]).toEqual(['480p', undefined, 30])
  })
})

describe('colours', () => {
  const colour = (transfer: number) => ({
    colour: { description: { primaries: 9, transfer, matrix: 9, fullRange: false } },
  })
  const toneMap = (more: Partial<VideoTrack>, height = 720) =>
    plan({ video: video((height * 16) / 9, height, more) }).toneMap?.transfer

  test('of a high range are mapped', () => {
    expect(toneMap({ ...AV1, ...colour(16) })).toBe(16)
    expect(toneMap({ ...AV1, ...colour(18) })).toBe(18)
  })

  test('of the usual range, unknown ones, and those of no rung stay as they are', () => {
    expect(toneMap(colour(14))).toBeUndefined()
    expect(toneMap({})).toBeUndefined()
    expect(toneMap(colour(16), 360)).toBeUndefined()
  })
})

test('a rung says exactly what will be encoded', () => {
  expect(plan({ video: video(1920, 1080, { frameRate: 60 }) }).rungs[0]).toEqual({
    id: '720p',
    width: 1280,
    height: 720,
    frameRate: 60,
    maxFrameRate: undefined,
    codec: 'h264',
    profile: 'high',
    level: 32,
    codecString: 'avc1.640020',
    bitrate: 2_800_000,
    maxrate: 2_996_000,
    bufsize: 4_200_000,
    preset: 'veryfast',
    cost: 55.296,
  })
})

describe('audio', () => {
  const of = (track: Partial<AudioTrack>, source: Partial<LadderSource> = { video: video(1280, 720) }) =>
    plan({ ...source, audio: audio(track) }).audio

  test('keeps 44.1 and 48 kHz, stereo and mono', () => {
    expect(of({})).toEqual({
      id: 'audio-128k',
      codec: 'aac',
      codecString: 'mp4a.40.2',
      bitrate: 128_000,
      sampleRate: 48_000,
      channels: 2,
    })
    expect(of({ sampleRate: 44_100, channels: 1 })).toMatchObject({ sampleRate: 44_100, channels: 1 })
  })

  test('turns everything else into 48 kHz stereo', () => {
    expect(of({ sampleRate: 96_000, channels: 6 })).toMatchObject({ sampleRate: 48_000, channels: 2 })
    expect(of({ sampleRate: 22_050 })).toMatchObject({ sampleRate: 48_000 })
  })

  test('is made for an audio-only source', () => {
    expect(of({}, {})).toBeDefined()
  })

  test('is not made beside a picture that has no smaller one, unless browsers cannot play it', () => {
    expect(of({}, { video: video(320, 180) })).toBeUndefined()
    expect(of({ codec: 'mp3', codecString: 'mp4a.6B' }, { video: video(320, 180) })).toBeDefined()
  })

  test('is absent where the source has none', () => {
    expect(plan({ video: video(1280, 720) }).audio).toBeUndefined()
  })
})

describe('profiles', () => {
  test('source: passes what browsers play, encodes nothing, says what is missing', () => {
    const made = plan({ video: video(1920, 1080, VP8), audio: audio() }, BUILT_IN_PROFILES.source)
    expect(made).toMatchObject({
      passthrough: { video: false, audio: true },
      rungs: [],
      audio: undefined,
      cost: 0,
    })
    expect(made.notes).toEqual([
      `browsers cannot play the source's video (vp08.00.31.08), and profile "source" encodes none`,
    ])
    expect(needsEncoder(made)).toBe(false)
  })

  test('source: passes what some browsers play, and says that not all do', () => {
    const made = plan({ video: video(1920, 1080, AV1), audio: audio() }, BUILT_IN_PROFILES.source)
    expect(made.passthrough).toEqual({ video: true, audio: true })
    expect(made.notes).toEqual([
      `not all browsers can play the source's video (av01.0.05M.08), and profile "source" encodes none`,
    ])
  })

  test('none: nothing at all', () => {
    const made = plan({ video: video(1920, 1080), audio: audio() }, BUILT_IN_PROFILES.none)
    expect(made.passthrough).toEqual({ video: false, audio: false })
    expect(needsEncoder(made)).toBe(false)
  })

  test('ladder: needs an encoder, and its cost is the sum of its rungs', () => {
    const made = plan({ video: video(1280, 720), audio: audio() })
    expect(needsEncoder(made)).toBe(true)
    expect(made.cost).toBeCloseTo((854 * 480 * 30 + 640 * 360 * 30) / 1e6)
  })

  test('a rung beyond H.264 is refused', () => {
    const profile: Profile = {
      ...BUILT_IN_PROFILES.default,
      rungs: [
        {
          name: 'big',
          height: 4320,
          maxFrameRate: 120,
          codec: 'h264',
          bitrate: 100_000_000,
          preset: 'medium',
        },
      ],
    }
    const huge = video(40_000, 4_320, { ...VP8, frameRate: 120 })
    expect(() => plan({ video: huge }, profile)).toThrow(UnsupportedError)
  })
})
