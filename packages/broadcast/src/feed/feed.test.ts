import { AmfObject } from '@sluice/amf'
import { concatBytes, type Millis, millis, ticks } from '@sluice/core'
import { FlvTagType, writeFlvHeader, writeFlvTag, writeScriptData } from '@sluice/flv'
import { aacTrack, h264Track, type VideoTrack } from '@sluice/media'
import {
  AAC_CONFIGURATION,
  AAC_RECORD,
  AVC_CONFIGURATION,
  AVC_RECORD,
  aacFrame,
  avcFrame,
} from '@sluice/testkit'
import { describe, expect, it } from 'vitest'
import { dataPayload } from '../data-payload.ts'
import type { FurtherTracksEntry, StreamEntry, TracksEntry } from '../entry.ts'
import { FeedMark } from './feed-marks.ts'
import { FeedReader } from './feed-reader.ts'
import { FeedWriter } from './feed-writer.ts'
import { describeTrack, readVideoDescription } from './track-description.ts'

const BOTH: TracksEntry = {
  type: 'tracks',
  video: { track: h264Track(AVC_RECORD), payload: AVC_CONFIGURATION },
  audio: { track: aacTrack(AAC_RECORD), payload: AAC_CONFIGURATION },
}

const boundary = (number: number, time: number): StreamEntry => ({
  type: 'boundary',
  boundary: { number, time: millis(time), independent: true, discontinuity: number > 0 },
})
const picture = (time: number, offset = 0, keyframe = false): StreamEntry => {
  const payload = avcFrame(keyframe)
  new DataView(payload.buffer).setUint32(1, (1 << 24) | (offset & 0xffffff))
  return { type: 'video', dts: millis(time), pts: millis(time + offset), keyframe, payload }
}
const sound = (at: number, time: number = Math.round(at / 48)): StreamEntry => ({
  type: 'audio',
  time: millis(time),
  at: ticks(at),
  payload: aacFrame(),
})

const FURTHER: FurtherTracksEntry = {
  type: 'further-tracks',
  tracks: [
    { trackId: 1, track: h264Track(AVC_RECORD), label: {} },
    { trackId: 1, track: aacTrack(AAC_RECORD), label: { language: 'de', name: 'Kommentar' } },
    { trackId: 255, track: aacTrack(AAC_RECORD), label: {} },
  ],
  defaultLabel: { language: 'en' },
}
const furtherPicture = (time: number, offset = 0, keyframe = false): StreamEntry => ({
  type: 'further',
  trackId: 1,
  time: millis(time),
  packet: {
    kind: 'video',
    dts: ticks(time * 90),
    pts: ticks((time + offset) * 90),
    keyframe,
    data: Uint8Array.of(1, 2, 3),
  },
})
const furtherSound = (trackId: number, at: number): StreamEntry => ({
  type: 'further',
  trackId,
  time: millis(Math.round(at / 48)),
  packet: { kind: 'audio', dts: ticks(at), pts: ticks(at), keyframe: true, data: Uint8Array.of(trackId) },
})

function bytesOf(entries: readonly StreamEntry[], tracks: TracksEntry = BOTH): Uint8Array {
  const writer = new FeedWriter()
  return concatBytes([writer.header(tracks), ...entries.flatMap((entry) => writer.entry(entry))])
}

function read(bytes: Uint8Array): StreamEntry[] {
  const reader = new FeedReader()
  reader.receive(bytes)
  return reader.entries()
}

/** Start of every audio packet in samples. */
const starts = (entries: readonly StreamEntry[]): number[] =>
  entries.flatMap((entry) => (entry.type === 'audio' ? [entry.at] : []))

describe('a feed', () => {
  it('gives back tracks, boundaries, media and the end', () => {
    const entries: StreamEntry[] = [BOTH, boundary(0, 0), picture(0, 80, true), sound(0), { type: 'end' }]
    expect(read(bytesOf(entries))).toEqual(entries)
  })

  it('keeps colours and the announced frame rate', () => {
    const track: VideoTrack = {
      ...h264Track(AVC_RECORD),
      announcedFrameRate: 59.94,
      colour: {
        description: { primaries: 9, transfer: 16, matrix: 9, fullRange: true },
        masteringDisplay: {
          red: [34_000, 16_000],
          green: [13_250, 34_500],
          blue: [7500, 3000],
          white: [15_635, 16_450],
          maxLuminance: 10_000_000,
          minLuminance: 50,
        },
        contentLight: { maximum: 1000, maximumFrameAverage: 400 },
      },
    }
    const entries: StreamEntry[] = [{ ...BOTH, video: { track, payload: AVC_CONFIGURATION } }]
    expect(read(bytesOf(entries))).toEqual(entries)
    const description = { description: { primaries: 9, transfer: 18, matrix: 9, fullRange: false } }
    expect(readVideoDescription(describeTrack({ ...track, colour: description })).colour).toEqual(description)
  })

  it.each([
    ['colour', 7],
    ['colour description', { description: 7 }],
    ['colour range', { description: { primaries: 1, transfer: 1, matrix: 1 } }],
    [
      'transfer characteristics',
      { description: { primaries: 1, transfer: 300, matrix: 1, fullRange: true } },
    ],
    ['mastering chromaticity', { masteringDisplay: { red: [1] } }],
    ['content light level', { contentLight: { maximum: -1, maximumFrameAverage: 0 } }],
  ])('refuses a track without a valid %s', (name, colour) => {
    const text = JSON.stringify({ ...JSON.parse(describeTrack(h264Track(AVC_RECORD))), colour })
    expect(() => readVideoDescription(text)).toThrow(
      expect.objectContaining({ code: 'broadcast.feed.bad_track', message: expect.stringContaining(name) }),
    )
  })

  it('passes payloads on without a copy', () => {
    const frame = picture(40)
    const chunks = new FeedWriter().entry(frame)
    expect(frame.type === 'video' && chunks.includes(frame.payload)).toBe(true)
    const bytes = bytesOf([BOTH, frame])
    const [, received] = read(bytes)
    expect(received?.type === 'video' && received.payload.buffer === bytes.buffer).toBe(true)
  })

  it('says what the publisher said of itself', () => {
    const properties = AmfObject.of({ encoder: 'test' })
    const writer = new FeedWriter()
    const reader = new FeedReader()
    expect(reader.properties).toBeUndefined()
    reader.receive(concatBytes([writer.header(BOTH), writer.metadata(properties)]))
    expect([reader.properties, reader.entries()]).toEqual([properties, []])
  })

  it('counts sound by its samples, and states a time only where it does not go on', () => {
    const entries = [sound(0), sound(1024), sound(2048), sound(100_000), sound(101_024)]
    const bytes = bytesOf([BOTH, ...entries])
    expect(starts(read(bytes))).toEqual([0, 1024, 2048, 100_000, 101_024])
    expect(Buffer.from(bytes).toString('latin1').split(FeedMark.audioClock)).toHaveLength(3)
  })

  it('states the time of sound again behind new tracks', () => {
    expect(starts(read(bytesOf([BOTH, sound(0), BOTH, sound(1024)])))).toEqual([0, 1024])
  })

  it.each([
    ['video', { ...BOTH, audio: undefined }, [picture(0, 0, true)]],
    ['audio', { ...BOTH, video: undefined }, [sound(0)]],
  ] as const)('of %s alone', (kind, tracks, media) => {
    expect(read(bytesOf([tracks, ...media], tracks))).toEqual([tracks, ...media])
    expect(writeFlvHeader({ video: kind === 'video', audio: kind === 'audio' })).toEqual(
      new FeedWriter().header(tracks),
    )
  })

  it('passes data on, whatever they are called', () => {
    const spoken = (name: string, time: number): StreamEntry => ({
      type: 'data',
      time: millis(time),
      name,
      payload: dataPayload(name, [AmfObject.of({ text: 'x' })]),
    })
    const entries = [BOTH, picture(0, 0, true), spoken('onCuePoint', 20), spoken(FeedMark.end, 70_000_000)]
    expect(read(bytesOf(entries))).toEqual(entries)
  })

  it('holds further tracks beside the default ones, each sound on its own clock', () => {
    const entries: StreamEntry[] = [
      ...[BOTH, FURTHER, boundary(0, 0), picture(0, 0, true), furtherPicture(0, -40, true), sound(0)],
      ...[furtherSound(1, 100), furtherSound(255, 7), furtherSound(1, 1124), furtherSound(255, 5000)],
      ...[furtherPicture(40), { ...FURTHER, tracks: FURTHER.tracks.slice(1, 2) }, furtherSound(1, 2148)],
      ...[sound(1024), BOTH, boundary(1, 2000)],
    ]
    expect(read(bytesOf(entries))).toEqual(entries)
  })

  it('passes further media on without a copy', () => {
    const writer = new FeedWriter()
    writer.entry(FURTHER)
    const [frame, packet] = [furtherPicture(0), furtherSound(1, 0)]
    for (const entry of [frame, packet])
      expect(entry.type === 'further' && writer.entry(entry).includes(entry.packet.data)).toBe(true)
  })

  it('leaves out media of a further track that has gone', () => {
    const writer = new FeedWriter()
    expect([furtherPicture(0), furtherSound(1, 0)].flatMap((entry) => writer.entry(entry))).toEqual([])
  })

  it('holds negative composition offsets, and times beyond 24 bits', () => {
    const late: Millis = millis(20_000_000)
    const entries = [BOTH, boundary(1, late), picture(late, -40)]
    expect(read(bytesOf(entries))).toEqual(entries)
  })
})

describe('what no feed says', () => {
  const header = writeFlvHeader({ video: true, audio: true })
  const mark = (name: string, properties: Readonly<Record<string, number | boolean | string>>): Uint8Array =>
    writeFlvTag(FlvTagType.script, 0, writeScriptData(name, AmfObject.of(properties)))

  it.each([
    [
      'a boundary without a number',
      mark(FeedMark.boundary, { time: 0, independent: true, discontinuity: false }),
    ],
    [
      'half a number',
      mark(FeedMark.boundary, { number: 0.5, time: 0, independent: true, discontinuity: false }),
    ],
    ['a flag that is none', mark(FeedMark.tracks, { video: 1, audio: true })],
    ['a clock that is none', mark(FeedMark.audioClock, { at: 'now' })],
    ['a mark that is no object', writeFlvTag(FlvTagType.script, 0, writeScriptData(FeedMark.boundary, 7))],
  ])('%s', (_, bytes) => {
    expect(() => read(concatBytes([header, bytes]))).toThrow(
      expect.objectContaining({ code: 'broadcast.feed.bad_mark' }),
    )
  })

  it('a configuration that nobody announced', () => {
    const bytes = concatBytes([header, writeFlvTag(FlvTagType.video, 0, AVC_CONFIGURATION)])
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'broadcast.feed.unannounced_track' }))
  })

  it('sound before its track and clock', () => {
    const bytes = concatBytes([header, writeFlvTag(FlvTagType.audio, 0, aacFrame())])
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'broadcast.feed.audio_without_clock' }))
  })

  it('media and clocks of further tracks that nobody announced', () => {
    const refused = expect.objectContaining({ code: 'broadcast.feed.unannounced_track' })
    const announcing = new FeedWriter()
    announcing.entry(FURTHER)
    for (const entry of [furtherPicture(0, 0, true), furtherSound(1, 0)])
      expect(() => read(concatBytes([header, ...announcing.entry(entry)]))).toThrow(refused)
    const clocked = announcing.entry(furtherSound(1, 1024))
    expect(() => read(concatBytes([bytesOf([BOTH, FURTHER]), ...clocked]))).toThrow(refused)
  })

  it('is no FLV', () => {
    expect(() => read(Buffer.from('this is something else altogether'))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^flv\./) }),
    )
  })

  it('but other script tags are passed over', () => {
    expect(read(concatBytes([header, mark('onMetaData', { width: 1280 })]))).toEqual([])
  })
})
