import { concatBytes, millis } from '@sluice/core'
import type { Boundary, Packet, Track } from '@sluice/media'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import { createFile, MP4BoxBuffer } from 'mp4box'
import { describe, expect, it } from 'vitest'
import { writeInitSegment } from '../init/init-segment.ts'
import { FragmentedMp4Reader } from '../reader/fragmented-mp4-reader.ts'
import { encodeAudio } from '../testing/encoded-media.ts'
import {
  decodeStrictly,
  ffmpeg,
  hasFfmpeg,
  PIPED_FMP4,
  probePackets,
  probeStream,
  testAudio,
  testVideo,
} from '../testing/ffmpeg.ts'
import { readFragments } from '../testing/fragments.ts'
import { AudioCutter } from './audio-cutter.ts'
import type { CutEvent } from './cut-event.ts'
import { VideoCutter } from './video-cutter.ts'

const PART_TARGET = millis(250)

interface Media {
  readonly track: Track
  readonly packets: readonly Packet[]
}

function read(bytes: Uint8Array): Media {
  const reader = new FragmentedMp4Reader()
  reader.receive(bytes)
  const events = reader.events()
  const [first] = events
  if (first?.type !== 'track') throw new Error('no track')
  return {
    track: first.track,
    packets: events.flatMap((event) => (event.type === 'packet' ? [event.packet] : [])),
  }
}

/** A boundary each second of media from 100 s on. */
function boundaries(count: number): Boundary[] {
  return Array.from({ length: count }, (_, number) => ({
    number,
    time: millis(100_000 + 1000 * number),
    independent: true,
    discontinuity: false,
  }))
}

function cut(media: Media): CutEvent[] {
  const options = { partTarget: PART_TARGET, styp: true }
  const { track } = media
  const cutter =
    track.kind === 'video' ? new VideoCutter({ track, ...options }) : new AudioCutter({ track, ...options })
  for (const boundary of boundaries(3)) cutter.boundary(boundary, 'time')
  for (const packet of media.packets) cutter.packet(packet)
  cutter.end()
  expect(cutter.counts).toMatchObject({ skipped: 0, late: 0, overlong: 0 })
  return cutter.events()
}

/** Init segment and the segments from number `from` on, as one file. */
function fileOf(media: Media, from = 0): Uint8Array {
  const parts = cut(media).flatMap((event) =>
    event.type === 'part' && event.segment >= from ? event.pieces : [],
  )
  return concatBytes([writeInitSegment(media.track), ...parts])
}

function inSeconds(media: Media, time: number): number {
  return time / media.track.timescale
}

describe.skipIf(!hasFfmpeg())('segments cut from real encoder output', () => {
  const from100s = ['-output_ts_offset', '100', '-video_track_timescale', '90000', ...PIPED_FMP4, '-']
  const video = read(ffmpeg([...testVideo(90), ...from100s]))
  const audio = read(ffmpeg([...testAudio(3), ...from100s]))

  it('decode without a complaint', () => {
    expect(decodeStrictly(fileOf(video))).toBe('')
    expect(decodeStrictly(fileOf(audio))).toBe('')
  })

  it('decode without a complaint from any segment on', () => {
    expect(decodeStrictly(fileOf(video, 1))).toBe('')
    expect(probeStream(fileOf(video, 1)).nb_read_frames).toBe('60')
  })

  it('hold every frame at its presentation time, as ffprobe sees it', () => {
    const [first] = video.packets
    expect(first && first.pts - first.dts, 'reordering delay').toBe(6000)
    const probed = probePackets(fileOf(video))
    expect(probed.map(({ pts, size, keyframe }) => ({ pts, size, keyframe }))).toEqual(
      video.packets.map(({ pts, data, keyframe }) => ({ pts, size: data.length, keyframe })),
    )
    expect(probeStream(fileOf(video))).toMatchObject({
      nb_read_frames: '90',
      width: 160,
      time_base: '1/90000',
    })
    // The encoder's priming packet at 100 s - 1024 samples belongs to no segment.
    expect(probePackets(fileOf(audio)).map(({ pts }) => pts)).toEqual(
      audio.packets.slice(1).map((packet) => packet.pts),
    )
  })

  it('hold Opus with every sample as long as its packet and in the roll group', () => {
    const opus = encodeAudio('opus', 3)
    expect(decodeStrictly(fileOf(opus))).toBe('')
    const parts = cut(opus).flatMap((event) => (event.type === 'part' ? event.pieces : []))
    const fragments = readFragments(concatBytes(parts))
    const durations = fragments.flatMap(({ samples }) => samples.map(({ duration }) => duration))
    expect(new Set(durations)).toEqual(new Set([960]))
    expect(fragments.every(({ sampleToGroup }) => sampleToGroup !== undefined)).toBe(true)
  })

  it('begin at their boundaries and add up', () => {
    const segments = cut(video).filter((event) => event.type === 'segment')
    expect(segments.map(({ start, duration, independent }) => [start, duration, independent])).toEqual([
      [9_000_000, 90_000, true],
      [9_090_000, 90_000, true],
      [9_180_000, 90_000, true],
    ])
    const ends = cut(audio).flatMap((event) =>
      event.type === 'segment' ? [event.start, event.start + event.duration] : [],
    )
    expect(ends.slice(1, -1).filter((_, index) => index % 2 === 0)).toEqual(
      ends.slice(1, -1).filter((_, index) => index % 2 === 1),
    )
    for (const [index, start] of ends.filter((_, at) => at % 2 === 0).entries()) {
      expect(Math.abs(start - (100 + index) * 44_100)).toBeLessThanOrEqual(512)
    }
  })

  it.each([
    ['video', video, 'avc1'],
    ['audio', audio, 'mp4a'],
  ])('are read alike by mp4box: %s', (_kind, media, codec) => {
    const file = createFile()
    const errors: string[] = []
    file.onError = (_module, message) => errors.push(message)
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(fileOf(media).slice().buffer, 0))
    file.flush()
    const info = file.getInfo()
    expect(errors).toEqual([])
    expect(info).toMatchObject({ isFragmented: true, brands: expect.arrayContaining(['iso6', 'cmfc']) })
    expect(info.tracks).toHaveLength(1)
    expect(info.tracks[0]).toMatchObject({ id: 1, language: 'und', timescale: media.track.timescale })
    expect(info.tracks[0]?.codec).toContain(codec)
    const kept = media.packets.filter((packet) => packet.pts >= 100 * media.track.timescale)
    expect(file.getTrackSamplesInfo(1).map(({ cts, size, is_sync }) => ({ cts, size, is_sync }))).toEqual(
      kept.map(({ pts, data, keyframe }) => ({
        cts: pts,
        size: data.length,
        is_sync: keyframe,
      })),
    )
  })

  it.each([
    ['video', video],
    ['audio', audio],
  ])('are read alike by mediabunny: %s', async (_kind, media) => {
    const input = new Input({ source: new BufferSource(fileOf(media)), formats: ALL_FORMATS })
    const track =
      media.track.kind === 'video' ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack()
    if (track === null) throw new Error('no track')
    expect((await track.getDecoderConfig())?.codec).toBe(media.track.codecString)
    const times: number[] = []
    for await (const packet of new EncodedPacketSink(track).packets()) times.push(packet.timestamp)
    const kept = media.packets.filter((packet) => packet.pts >= 100 * media.track.timescale)
    expect(times).toHaveLength(kept.length)
    for (const [index, packet] of kept.entries())
      expect(times[index]).toBeCloseTo(inSeconds(media, packet.pts), 6)
  })
})
