import { concatBytes, ticks, toHex } from '@sluice/core'
import type { Packet } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { readBoxes, requireBox } from '../box/box-reader.ts'
import { readTrackExtends } from '../box/track-extends-box.ts'
import { readTrackId } from '../box/track-header-box.ts'
import { readFragments } from '../testing/fragments.ts'
import { AUDIO_TRACK, audioTrack, OPUS_HEAD, VIDEO_TRACK, videoTrack } from '../testing/tracks.ts'
import { FragmentedMp4Writer } from './fragmented-mp4-writer.ts'

const FRAME: Packet = {
  kind: 'video',
  dts: ticks(9000),
  pts: ticks(15_000),
  keyframe: true,
  data: Uint8Array.of(1, 2, 3),
}

function idsIn(moov: Uint8Array): unknown {
  const traks = readBoxes('moov', moov).filter(({ type }) => type === 'trak')
  const extended = readBoxes('mvex', requireBox('moov', moov, 'mvex'))
  return {
    traks: traks.map(({ body }) => readTrackId(requireBox('trak', body, 'tkhd'))),
    trexs: extended.map(({ body }) => readTrackExtends(body).trackId),
    boxes: traks.map(({ body }) => readBoxes('trak', body).map(({ type }) => type)),
  }
}

describe('FragmentedMp4Writer', () => {
  it('describes both tracks, with the delay of video in an edit list', () => {
    const header = new FragmentedMp4Writer({ video: VIDEO_TRACK, audio: AUDIO_TRACK }).header()
    expect(readBoxes('file', header).map(({ type }) => type)).toEqual(['ftyp', 'moov'])
    expect(idsIn(requireBox('file', header, 'moov'))).toEqual({
      traks: [1, 2],
      trexs: [1, 2],
      boxes: [
        ['tkhd', 'edts', 'mdia'],
        ['tkhd', 'mdia'],
      ],
    })
  })

  it.each([
    ['video', { video: VIDEO_TRACK }, 1],
    ['audio', { audio: AUDIO_TRACK, video: undefined }, 2],
  ])('describes %s alone', (_kind, tracks, id) => {
    const header = new FragmentedMp4Writer(tracks).header()
    expect(idsIn(requireBox('file', header, 'moov'))).toMatchObject({ traks: [id], trexs: [id] })
  })

  it('writes a packet as one fragment, byte for byte, with its data as it was given', () => {
    const pieces = new FragmentedMp4Writer({ video: VIDEO_TRACK }).packet(FRAME)
    expect(pieces[1]).toBe(FRAME.data)
    expect(toHex(concatBytes(pieces))).toBe(
      [
        '00000068 6d6f6f66 00000010 6d666864 00000000 00000001',
        '00000050 74726166',
        '0000001c 74666864 00020038 00000001 00000bb8 00000003 02000000',
        '00000014 74666474 01000000 00000000 00002328',
        '00000018 7472756e 01000801 00000001 00000070 00017700', // 6000 + 90 000
        '0000000b 6d646174 010203',
      ]
        .join('')
        .replaceAll(' ', ''),
    )
  })

  it('counts fragments over both tracks', () => {
    const writer = new FragmentedMp4Writer({ video: VIDEO_TRACK, audio: AUDIO_TRACK })
    const sound: Packet = { ...FRAME, kind: 'audio', pts: FRAME.dts }
    const numbers = [FRAME, sound, sound, FRAME].map((packet) => {
      const mfhd = requireBox('file', concatBytes(writer.packet(packet)), 'moof', 'mfhd')
      return mfhd[7]
    })
    expect(numbers).toEqual([1, 2, 3, 4])
  })

  it('makes decode times rise, and keeps the presentation time of a picture', () => {
    const writer = new FragmentedMp4Writer({ video: VIDEO_TRACK, audio: AUDIO_TRACK })
    const times = [9000, 9000, 8000, 12_000].flatMap((dts) => {
      const video = { ...FRAME, dts: ticks(dts), pts: ticks(dts + 100) }
      const audio: Packet = { ...FRAME, kind: 'audio', dts: ticks(dts), pts: ticks(dts) }
      return readFragments(concatBytes([...writer.packet(video), ...writer.packet(audio)]))
    })
    expect(
      times.map(({ trackId, baseDecodeTime, samples }) => [
        trackId,
        baseDecodeTime,
        samples[0]?.compositionOffset,
      ]),
    ).toEqual([
      [1, 9000, 90_100],
      [2, 9000, 0],
      [1, 9001, 90_099],
      [2, 9001, 0],
      [1, 9002, 89_098],
      [2, 9002, 0],
      [1, 12_000, 90_100],
      [2, 12_000, 0],
    ])
  })

  it('puts Opus into its sample group', () => {
    const writer = new FragmentedMp4Writer({ audio: audioTrack('opus', OPUS_HEAD) })
    const fragment = concatBytes(writer.packet({ ...FRAME, kind: 'audio', pts: FRAME.dts }))
    const traf = readBoxes('traf', requireBox('file', fragment, 'moof', 'traf'))
    expect(traf.map(({ type }) => type)).toEqual(['tfhd', 'tfdt', 'trun', 'sbgp'])
  })

  it.each([
    [undefined, 3000],
    [25, 3600],
    [30_000 / 1001, 3003],
    [1e9, 1],
    [1e-9, 90_000],
  ])('estimates the duration of a frame at %d frames a second as %i ticks', (frameRate, duration) => {
    const writer = new FragmentedMp4Writer({ video: { ...VIDEO_TRACK, frameRate } })
    const tfhd = requireBox('file', concatBytes(writer.packet(FRAME)), 'moof', 'traf', 'tfhd')
    expect(new DataView(tfhd.buffer, tfhd.byteOffset).getUint32(8)).toBe(duration)
  })

  it.each([
    ['a decode time below 0', 'decode_time_out_of_range', { dts: ticks(-1) }],
    ['a decode time beyond 2^48', 'decode_time_out_of_range', { dts: ticks(2 ** 48 + 1) }],
    [
      'a picture shown hours after it is decoded',
      'composition_offset_out_of_range',
      { pts: ticks(9000 + 2 ** 30) },
    ],
    [
      'a picture shown more than a second before it is decoded',
      'composition_offset_out_of_range',
      { dts: ticks(100_000), pts: ticks(9999) },
    ],
  ])('refuses %s: %s', (_name, code, times) => {
    const writer = new FragmentedMp4Writer({ video: VIDEO_TRACK })
    expect(() => writer.packet({ ...FRAME, ...times })).toThrow(
      expect.objectContaining({ code: `cmaf.stream.${code}` }),
    )
  })

  it('refuses to be used without the track', () => {
    expect(() => new FragmentedMp4Writer({})).toThrow(
      expect.objectContaining({ code: 'cmaf.stream.no_track' }),
    )
    expect(() => new FragmentedMp4Writer({ audio: AUDIO_TRACK }).packet(FRAME)).toThrow(
      expect.objectContaining({ code: 'cmaf.stream.other_track' }),
    )
    const vp8 = { ...videoTrack('vp8', new Uint8Array(0)), codecString: 'vp8' }
    expect(() => new FragmentedMp4Writer({ video: vp8 }).header()).toThrow(
      expect.objectContaining({ code: 'cmaf.vpcC.no_profile' }),
    )
  })
})
