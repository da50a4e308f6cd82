import { millis, StateError } from '@sluice/core'
import { BUILT_IN_PROFILES, planLadder, type VideoRung } from '@sluice/ladder'
import { describe, expect, test } from 'vitest'
import { audioRung, capped, planOf, rung } from '../testing/plans.ts'
import { commandLine } from './ffmpeg-arguments.ts'
import { type TranscodeIo, transcodeArguments } from './transcode-arguments.ts'
import { SOFTWARE_ENCODER } from './video-encoder.ts'

const IO: TranscodeIo = {
  inputFormat: 'flv',
  encoder: SOFTWARE_ENCODER,
  picture: undefined,
  outputs: new Map([
    ['480p', 3],
    ['360p', 4],
    ['audio-128k', 5],
  ]),
  progressFd: 6,
  fragment: millis(83),
  startsAt: undefined,
}

test('a ladder of two rungs and audio, word for word', () => {
  const plan = planOf([rung(854, 480), capped(rung(640, 360), 60, 30)], audioRung())
  const encoder = (fd: number) =>
    [
      ...'-c:v libx264 -preset superfast -profile:v high -level:v 3.1 -b:v 400000 -maxrate 428000 -bufsize 600000'.split(
        ' ',
      ),
      ...'-threads 2 -forced-idr 1 -g 1000000 -sc_threshold 0'.split(' '),
      ...'-force_key_frames source -flags +cgop -fps_mode passthrough -enc_time_base 1:1000'.split(' '),
      ...muxer(),
      ...`-video_track_timescale 90000 pipe:${fd}`.split(' '),
    ] as const
  const muxer = () => [
    ...'-f mp4 -movflags +empty_moov+default_base_moof+frag_keyframe+frag_discont+skip_trailer'.split(' '),
    ...['-frag_duration', '83000'],
    ...'-use_editlist 0 -avoid_negative_ts disabled -flush_packets 1 -map_metadata -1'.split(' '),
  ]
  expect(commandLine(transcodeArguments(plan, IO))).toEqual([
    ...'-hide_banner -nostdin -nostats -loglevel level+warning -copyts -progress pipe:6 -stats_period 1'.split(
      ' ',
    ),
    ...'-filter_complex_threads 1'.split(' '),
    ...'-probesize 5000000 -analyzeduration 500000 -fpsprobesize 0 -threads 1 -f flv -i pipe:0'.split(' '),
    '-filter_complex',
    [
      '[0:v:0]split=2[s0][s1]',
      '[s0]scale=854:480,setsar=1,format=yuv420p[v0]',
      "[s1]select='key+isnan(prev_selected_t)+gte(t-prev_selected_t,0.0290)',scale=640:360,setsar=1,format=yuv420p[v1]",
    ].join(';'),
    ...['-map', '[v0]', ...encoder(3)],
    ...['-map', '[v1]', ...encoder(4)],
    ...'-map 0:a:0 -af aresample=48000:async=1:min_hard_comp=0.1 -c:a aac -b:a 128000 -ar 48000 -ac 2'.split(
      ' ',
    ),
    ...muxer(),
    'pipe:5',
  ])
})

describe('encoders of a GPU', () => {
  const nvenc = { ...IO, encoder: { kind: 'nvenc' } } as const
  const vaapi = { ...IO, encoder: { kind: 'vaapi', device: '/dev/dri/renderD129' } } as const
  /** The words of the one rung's encoder, up to what all encoders have in common. */
  const encoderWords = (io: TranscodeIo, made: VideoRung): string => {
    const words = commandLine(transcodeArguments(planOf([made]), io))
    return words.slice(words.indexOf('-c:v'), words.indexOf('-force_key_frames')).join(' ')
  }

  test('NVENC, word for word', () => {
    expect(encoderWords(nvenc, rung(854, 480))).toBe(
      '-c:v h264_nvenc -preset p2 -profile:v high -level:v 31 -rc vbr -b:v 400000 -maxrate 428000 -bufsize 600000 -bf 0 -delay 0 -forced-idr 1 -g 32767',
    )
    const words = commandLine(transcodeArguments(planOf([rung(854, 480)]), nvenc))
    expect(words).toContain('[0:v:0]split=1[s0];[s0]scale=854:480,setsar=1,format=yuv420p[v0]')
    expect(words).not.toContain('-init_hw_device')
  })

  test('VAAPI, word for word: frames are put onto the device that the process opened', () => {
    expect(encoderWords(vaapi, rung(854, 480))).toBe(
      '-c:v h264_vaapi -profile:v high -level:v 31 -b:v 400000 -maxrate 428000 -bufsize 600000 -bf 0 -async_depth 1 -g 32767',
    )
    const words = commandLine(transcodeArguments(planOf([rung(854, 480)]), vaapi))
    expect(words).toContain('[0:v:0]split=1[s0];[s0]scale=854:480,setsar=1,format=nv12,hwupload[v0]')
    const device = words.slice(words.indexOf('-init_hw_device'), words.indexOf('-probesize'))
    expect(device.join(' ')).toBe('-init_hw_device vaapi=gpu:/dev/dri/renderD129 -filter_hw_device gpu')
  })

  test('x264’s fastest preset makes Baseline, and so do they', () => {
    const fastest = rung(854, 480, { preset: 'ultrafast', profile: 'baseline' })
    expect(encoderWords(nvenc, fastest)).toContain('-preset p1 -profile:v baseline ')
    expect(encoderWords(vaapi, fastest)).toContain('-profile:v constrained_baseline ')
  })

  test('keyframes come where the source’s are, timestamps stay', () => {
    for (const io of [nvenc, vaapi]) {
      const words = commandLine(transcodeArguments(planOf([rung(854, 480)]), io)).join(' ')
      expect(words).toContain(
        ' -force_key_frames source -flags +cgop -fps_mode passthrough -enc_time_base 1:1000 -f mp4 ',
      )
    }
  })

  test('sound alone opens no device', () => {
    const words = commandLine(transcodeArguments(planOf([], audioRung()), vaapi))
    expect(words).not.toContain('-init_hw_device')
  })

  test.each([
    // Every second frame is left out, of which the encoder is not told.
    { frameRate: 60, bits: '-b:v 800000 -maxrate 856000 -bufsize 1200000' },
    { frameRate: 30, bits: '-b:v 400000 -maxrate 428000 -bufsize 600000' },
    { frameRate: undefined, bits: '-b:v 400000 -maxrate 428000 -bufsize 600000' },
  ])('bits are those of the frames that a capped rung keeps of $frameRate', ({ frameRate, bits }) => {
    const picture = { width: 1280, height: 720, frameRate }
    const made = rung(854, 480, { maxFrameRate: 30 })
    expect(encoderWords({ ...vaapi, picture }, made)).toContain(bits)
    expect(encoderWords({ ...IO, picture }, made)).toContain('-b:v 400000 ')
  })
})

test('tones are mapped once for all rungs, at the size of the largest', () => {
  const toneMap = { primaries: 2, transfer: 16, matrix: 9, fullRange: false }
  const words = commandLine(transcodeArguments({ ...planOf([rung(854, 480), rung(640, 360)]), toneMap }, IO))
  const [mapping, ...rest] = words[words.indexOf('-filter_complex') + 1]?.split('split=') ?? []
  expect(mapping?.split(',')).toEqual([
    '[0:v:0]scale=854:480',
    // What is unspecified can only be BT.2020.
    'setparams=range=limited:color_primaries=9:color_trc=16:colorspace=9',
    'zscale=t=linear:npl=100',
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=limited',
    'format=yuv420p',
    'sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA',
    'sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL',
    '',
  ])
  expect(rest).toEqual([
    '2[s0][s1];[s0]scale=854:480,setsar=1,format=yuv420p[v0];[s1]scale=640:360,setsar=1,format=yuv420p[v1]',
  ])
  expect(words.filter((word) => word === 'bt709')).toHaveLength(2 * 3)
  expect(words.filter((word) => word.includes(' '))).toEqual([])
})

test('no word holds a blank: the library splits such words', () => {
  const plan = planOf([capped(rung(854, 480), 60, 30), rung(640, 360)], audioRung())
  expect(commandLine(transcodeArguments(plan, IO)).filter((word) => word.includes(' '))).toEqual([])
})

describe('audio frames lie on the grid of 1024 samples', () => {
  test.each([
    { startsAt: 0, first: 0 },
    { startsAt: 1, first: 1024 },
    { startsAt: 2000, first: 96_256 },
    { startsAt: 8 * 3_600_000, first: 1_382_400_000 },
  ])('from $startsAt ms on: sample $first', ({ startsAt, first }) => {
    const words = commandLine(
      transcodeArguments(planOf([], audioRung()), { ...IO, startsAt: millis(startsAt) }),
    )
    expect(words).toContain(`aresample=48000:async=1:min_hard_comp=0.1:first_pts=${first}`)
    expect(words).not.toContain('-filter_complex')
    expect(first % 1024).toBe(0)
  })
})

test('what cannot be run is refused', () => {
  const nothing = planLadder({ video: undefined, audio: undefined }, BUILT_IN_PROFILES.source)
  expect(() => transcodeArguments(nothing, IO)).toThrow(StateError)
  expect(() => transcodeArguments(planOf([rung(1280, 720)]), IO)).toThrow(
    'no file descriptor for rung "720p"',
  )
})
