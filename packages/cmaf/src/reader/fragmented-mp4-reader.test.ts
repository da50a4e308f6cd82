import { describe, expect, it } from 'vitest'
import {
  COPY_TIMES,
  ffmpeg,
  hasFfmpeg,
  PIPED_FMP4,
  probePackets,
  testAudio,
  testVideo,
} from '../testing/ffmpeg.ts'
import { type FragmentedMp4Event, FragmentedMp4Reader } from './fragmented-mp4-reader.ts'

/** With an edit list that takes the delay of reordering off. */
const SHIFTED = [
  ...['-f', 'mp4', '-use_editlist', '1'],
  ...['-movflags', '+delay_moov+default_base_moof+frag_every_frame'],
]

function read(bytes: Uint8Array, step = bytes.length): FragmentedMp4Event[] {
  const reader = new FragmentedMp4Reader()
  const events: FragmentedMp4Event[] = []
  for (let at = 0; at < bytes.length; at += step) {
    reader.receive(bytes.subarray(at, at + step))
    events.push(...reader.events())
  }
  expect(reader.isComplete).toBe(true)
  return events
}

function timesOf(events: readonly FragmentedMp4Event[]): unknown[] {
  return events.flatMap((event) =>
    event.type === 'packet'
      ? [
          {
            pts: event.packet.pts,
            dts: event.packet.dts,
            size: event.packet.data.length,
            keyframe: event.packet.keyframe,
          },
        ]
      : [],
  )
}

describe.skipIf(!hasFfmpeg())('what ffmpeg writes to a pipe', () => {
  const from100s = ['-output_ts_offset', '100']
  const in90kHz = ['-video_track_timescale', '90000']

  it('gives the track of the avcC and packets at the times that ffprobe reads', () => {
    const bytes = ffmpeg([...testVideo(45), ...from100s, ...in90kHz, ...PIPED_FMP4, '-'])
    const events = read(bytes)
    expect(events[0]).toMatchObject({
      type: 'track',
      track: { kind: 'video', codec: 'h264', width: 160, height: 120, timescale: 90_000 },
    })
    expect(timesOf(events)).toEqual(probePackets(bytes))
    expect(timesOf(events)[0]).toMatchObject({ pts: 9_000_000, dts: 9_000_000 - 6000, keyframe: true })
    expect(events).toHaveLength(46)
  })

  it('rescales other timescales exactly, packet by packet', () => {
    const bytes = ffmpeg([...testVideo(45), ...from100s, '-video_track_timescale', '30', ...PIPED_FMP4, '-'])
    expect(timesOf(read(bytes))).toEqual(
      probePackets(bytes).map((packet) => ({ ...packet, pts: packet.pts * 3000, dts: packet.dts * 3000 })),
    )
  })

  it('keeps decode times below 0 negative', () => {
    const bytes = ffmpeg([...testVideo(10), ...in90kHz, ...PIPED_FMP4, '-'])
    expect(timesOf(read(bytes))[0]).toMatchObject({ pts: 0, dts: -6000 })
  })

  it('reads AAC with the configuration of the esds', () => {
    const bytes = ffmpeg([...testAudio(2), ...from100s, ...PIPED_FMP4, '-'])
    const events = read(bytes)
    expect(events[0]).toMatchObject({
      type: 'track',
      track: { kind: 'audio', codec: 'aac', sampleRate: 44_100, channels: 2, samplesPerPacket: 1024 },
    })
    expect(timesOf(events)).toEqual(probePackets(bytes))
    expect(timesOf(events)[0]).toMatchObject({ dts: 4_410_000 - 1024 })
  })

  it.each([
    ['empty_moov, a fragment per keyframe', '+empty_moov+default_base_moof+frag_keyframe'],
    ['absolute data offsets', '+empty_moov+frag_every_frame'],
    ['with an index at the end', '+delay_moov+default_base_moof+frag_every_frame'],
  ])('reads %s', (_name, movflags) => {
    const bytes = ffmpeg([
      ...testVideo(45),
      ...in90kHz,
      '-f',
      'mp4',
      '-use_editlist',
      '0',
      '-movflags',
      movflags,
      '-',
    ])
    expect(timesOf(read(bytes))).toEqual(probePackets(bytes))
  })

  it('keeps the times of a transcoded FLV that starts at 100 s', () => {
    const flv = ffmpeg([...testVideo(45), ...from100s, '-f', 'flv', '-'])
    const encode = ['-map', '0:v', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', ...in90kHz]
    for (const cut of ['frag_every_frame', 'frag_custom']) {
      const movflags = `+empty_moov+default_base_moof+${cut}+frag_discont`
      const bytes = ffmpeg(
        [...COPY_TIMES, ...encode, ...PIPED_FMP4, '-movflags', movflags, '-flush_packets', '1', '-'],
        flv,
      )
      expect(timesOf(read(bytes))).toEqual(probePackets(bytes))
      expect(timesOf(read(bytes))[0]).toMatchObject({ pts: 9_000_000, keyframe: true })
    }
  })

  it('gives the same events however the stream is split', () => {
    const bytes = ffmpeg([...testVideo(6), ...from100s, ...PIPED_FMP4, '-'])
    const whole = read(bytes)
    for (const step of [1, 7, 8, 9, 16, 17, 1000]) expect(read(bytes, step)).toEqual(whole)
  })

  it('refuses an edit list that moves times', () => {
    expect(() => read(ffmpeg([...testVideo(6), ...SHIFTED, '-']))).toThrow(
      expect.objectContaining({ code: 'cmaf.moov.edit_list' }),
    )
  })

  it('refuses a codec that is not handled, and a second track', () => {
    const opus = ['-f', 'lavfi', '-i', 'sine', '-t', '0.2', '-c:a', 'libopus', ...PIPED_FMP4, '-']
    expect(() => read(ffmpeg(opus))).toThrow(expect.objectContaining({ code: 'cmaf.moov.unsupported_codec' }))
    const both = [
      '-f',
      'lavfi',
      '-i',
      'sine',
      ...testVideo(6),
      '-shortest',
      '-c:a',
      'aac',
      ...PIPED_FMP4,
      '-',
    ]
    expect(() => read(ffmpeg(both))).toThrow(expect.objectContaining({ code: 'cmaf.moov.not_one_track' }))
  })
})
