import { describe, expect, test } from 'vitest'
import { parseStrictly } from '../../testing/parse-strictly.ts'
import {
  AUDIO,
  COMMENTARY,
  declared,
  LOW,
  LOW_AUDIO,
  planned,
  SOURCE,
  START,
  segmentEvents,
  snapshotOf,
  timelineOf,
} from '../../testing/sample-log.ts'
import type { TimelineEvent } from '../../timeline/events.ts'
import { parseTransportSegmentName, transportSegmentName } from '../../timeline/names.ts'
import { renderTransportMedia } from './transport-media.ts'
import { renderTransportMultivariant } from './transport-multivariant.ts'

const LADDER = [START, declared(SOURCE), declared(planned(LOW)), declared(AUDIO), declared(LOW_AUDIO)]

function segments(...numbers: readonly number[]): readonly TimelineEvent[] {
  return numbers.flatMap((number) => [...segmentEvents(SOURCE, number), ...segmentEvents(AUDIO, number)])
}

/** The URIs of the source's playlist. */
function listed(events: readonly TimelineEvent[], window = 60): readonly string[] {
  return renderTransportMedia(snapshotOf(events, { window }), 'source')?.match(/^[^#].*/gm) ?? []
}

describe('the multivariant playlist of transport streams', () => {
  test('has every rung in H.264 with the AAC in its segments, then the sounds alone', () => {
    const text = renderTransportMultivariant(
      snapshotOf([...LADDER, ...segmentEvents(SOURCE, 0), ...segmentEvents(AUDIO, 0, { size: 32_000 })]),
    )
    expect(text).toBe(`#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=1213120,AVERAGE-BANDWIDTH=1213120,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=938560,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=173120,AVERAGE-BANDWIDTH=173120,CODECS="mp4a.40.2"
audio-source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=106560,CODECS="mp4a.40.2"
audio-64k/index.m3u8
`)
    parseStrictly(text ?? '')
  })

  const uris = (events: readonly TimelineEvent[], soundAlone = true) =>
    renderTransportMultivariant(snapshotOf(events), { soundAlone })?.match(/^[^#].*/gm)

  test('leaves out other codecs, sounds to choose from, and rungs that would be silent', () => {
    const hevc = { ...SOURCE, codecString: 'hvc1.1.6.L93.B0' }
    expect(uris([START, ...[hevc, LOW, AUDIO, LOW_AUDIO, COMMENTARY].map(declared)])).toEqual([
      '360p/index.m3u8',
      'audio-64k/index.m3u8',
    ])
    const opus = { ...AUDIO, codecString: 'Opus' }
    expect(uris([START, ...[SOURCE, opus].map(declared)])).toBeUndefined()
    const further = { ...SOURCE, furtherAudio: [LOW_AUDIO.id] }
    expect(uris([START, ...[further, opus, LOW_AUDIO].map(declared)])).toEqual([
      'source/index.m3u8',
      'audio-64k/index.m3u8',
    ])
  })

  test('has what there is of a broadcast with one kind of track, and no sounds alone for who would play nothing else', () => {
    expect(uris([START, declared({ ...SOURCE, audio: undefined })])).toEqual(['source/index.m3u8'])
    expect(uris([START, declared(AUDIO)], false)).toEqual(['audio-source/index.m3u8'])
    expect(uris(LADDER, false)).toEqual(['source/index.m3u8', '360p/index.m3u8'])
  })
})

describe('the media playlist of a transport stream', () => {
  test('lists whole segments that name both their files', () => {
    const text = renderTransportMedia(snapshotOf([...LADDER, ...segments(0, 1)]), 'source')
    expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z
#EXTINF:2.000000,
b1.1.0.0~audio-source~b1.1.0.0.ts
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.000Z
#EXTINF:2.000000,
b1.1.0.1~audio-source~b1.1.0.1.ts
`)
    parseStrictly(text ?? '')
  })

  test('waits for the sound of its newest segment, and begins where sound begins', () => {
    expect(listed([...LADDER, ...segmentEvents(SOURCE, 0)])).toEqual([])
    expect(listed([...LADDER, ...segments(0), ...segmentEvents(SOURCE, 1)])).toHaveLength(1)
    expect(listed([...LADDER, ...segmentEvents(SOURCE, 0), ...segments(1)])).toEqual([
      'b1.1.0.1~audio-source~b1.1.0.1.ts',
    ])
  })

  test('has silence where the sound is missing, a gap where the picture is, and breaks where they break', () => {
    const events: TimelineEvent[] = [
      ...LADDER,
      ...segments(0),
      ...segmentEvents(SOURCE, 1),
      ...segments(2),
      ...segmentEvents(AUDIO, 3),
      { type: 'discontinuity', segment: 5 },
      ...segments(4, 5),
      { type: 'end' },
    ]
    const text = renderTransportMedia(snapshotOf(events), 'source')
    expect(text).toContain('#EXT-X-VERSION:8\n')
    expect(text?.match(/^([^#]|#EXT-X-(GAP|DISCONTINUITY$|ENDLIST)).*/gm)).toEqual([
      'b1.1.0.0~audio-source~b1.1.0.0.ts',
      'b1.1.0.1~.ts',
      'b1.1.0.2~audio-source~b1.1.0.2.ts',
      '#EXT-X-GAP',
      'b1.1.0.3~audio-source~b1.1.0.3.ts',
      'b1.1.0.4~audio-source~b1.1.0.4.ts',
      '#EXT-X-DISCONTINUITY',
      'b1.1.0.5~audio-source~b1.1.0.5.ts',
      '#EXT-X-ENDLIST',
    ])
  })

  test('never changes what it listed', () => {
    const events = [...LADDER, ...segments(...Array.from({ length: 20 }, (_, number) => number))]
    const timeline = timelineOf(LADDER, { window: 12 })
    const names = new Map<number, string>()
    for (const event of events.slice(LADDER.length)) {
      timeline.apply(event)
      const snapshot = timeline.snapshot()
      const text = snapshot && renderTransportMedia(snapshot, 'source')
      if (text === undefined) continue
      const first = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1])
      for (const [index, name] of (text.match(/^[^#].*/gm) ?? []).entries()) {
        expect(names.get(first + index) ?? name).toBe(name)
        names.set(first + index, name)
      }
    }
    expect(names.size).toBe(20)
  })

  test('is not there for what cannot be one', () => {
    const snapshot = snapshotOf([...LADDER, ...segments(0)])
    for (const id of ['360p', 'none', '__proto__']) expect(renderTransportMedia(snapshot, id)).toBeUndefined()
  })
})

describe('names', () => {
  test('tell what they are made of', () => {
    const main = 'b1.2.0.42.m4s'
    for (const sound of [undefined, 'silent', { rendition: 'audio-source', name: 'b1.1.0.42.m4s' }] as const)
      expect(parseTransportSegmentName(transportSegmentName({ main, sound }))).toEqual({ main, sound })
  })

  test.each(['b1.2.0.42.m4s', 'b1.2.0.42~x.ts', 'b1~a~b~c.ts', ''])('%j is none', (name) => {
    expect(parseTransportSegmentName(name)).toBeUndefined()
  })
})
