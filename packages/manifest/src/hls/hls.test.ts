import { describe, expect, test } from 'vitest'
import { parseStrictly } from '../testing/parse-strictly.ts'
import {
  AUDIO,
  COMMENTARY,
  declared,
  HDR_SOURCE,
  LOW,
  LOW_AUDIO,
  partEvents,
  planned,
  SOURCE,
  START,
  segmentEvents,
  snapshotOf,
} from '../testing/sample-log.ts'
import type { TimelineEvent } from '../timeline/events.ts'
import { renderMedia } from './media.ts'
import { renderMultivariant } from './multivariant.ts'

const LADDER = [START, declared(SOURCE), declared(planned(LOW)), declared(AUDIO), declared(LOW_AUDIO)]

function media(events: readonly TimelineEvent[], rendition = 'source', window = 60): string {
  const text = renderMedia(snapshotOf(events, { window }), rendition)
  if (text === undefined) throw new Error(`nothing to list for ${rendition}`)
  parseStrictly(text)
  return text
}

function multivariant(events: readonly TimelineEvent[]): string {
  const text = renderMultivariant(snapshotOf(events))
  parseStrictly(text)
  return text
}

describe('the multivariant playlist', () => {
  test('names every rung with its audio, also those that are only planned', () => {
    const events = [...LADDER, ...segmentEvents(SOURCE, 0), ...segmentEvents(AUDIO, 0, { size: 32_000 })]
    expect(multivariant(events)).toBe(`#EXTM3U
#EXT-X-VERSION:4
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-source",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-source/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-64k",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-64k/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1128000,AVERAGE-BANDWIDTH=1128000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio-source"
source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=864000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio-64k"
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=128000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="audio-source"
audio-source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2",AUDIO="audio-64k"
audio-64k/index.m3u8
`)
  })

  test('has audio variants where there is no video', () => {
    const events = [START, declared(AUDIO), declared(LOW_AUDIO), ...segmentEvents(AUDIO, 0, { size: 32_000 })]
    expect(multivariant(events)).toBe(`#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=128000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"
audio-source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"
audio-64k/index.m3u8
`)
  })

  test('has no sounds alone for players that would play nothing else, save where there is nothing else', () => {
    const uris = (events: readonly TimelineEvent[]) =>
      renderMultivariant(snapshotOf(events), { soundAlone: false }).match(/^[^#].*/gm)
    expect(uris(LADDER)).toEqual(['source/index.m3u8', '360p/index.m3u8'])
    expect(uris([START, declared(AUDIO)])).toEqual(['audio-source/index.m3u8'])
  })

  test('offers further sounds in every group, whatever the rung', () => {
    const named = { name: 'Track 1', language: 'en' }
    const events = [
      START,
      declared(SOURCE),
      declared(planned(LOW)),
      declared({ ...AUDIO, ...named }),
      declared({ ...LOW_AUDIO, ...named }),
      declared(COMMENTARY),
      declared({
        ...COMMENTARY,
        id: 'audio-source-2',
        order: 5,
        alternative: 2,
        name: 'Analyse',
        channels: 1,
      }),
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(AUDIO, 0, { size: 32_000 }),
      ...segmentEvents(COMMENTARY, 0, { size: 48_000 }),
    ]
    const group = (id: string): string =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${id}",NAME="Track 1",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="${id}/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${id}",NAME="Kommentar",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="audio-source-1/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${id}",NAME="Analyse",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=NO,CHANNELS="1",URI="audio-source-2/index.m3u8"`
    expect(multivariant(events)).toBe(`#EXTM3U
#EXT-X-VERSION:4
#EXT-X-INDEPENDENT-SEGMENTS
${group('audio-source')}
${group('audio-64k')}
#EXT-X-STREAM-INF:BANDWIDTH=1192000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio-source"
source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=992000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio-64k"
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=192000,CODECS="mp4a.40.2",AUDIO="audio-source"
audio-source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=192000,CODECS="mp4a.40.2",AUDIO="audio-64k"
audio-64k/index.m3u8
`)
  })

  test('offers further sounds beside the default one where there is no video', () => {
    const events = [
      START,
      declared({ ...AUDIO, name: 'Track 1' }),
      declared({ ...COMMENTARY, codecString: 'Opus' }),
    ]
    expect(multivariant(events)).toBe(`#EXTM3U
#EXT-X-VERSION:4
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-source",NAME="Track 1",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio-source/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-source",NAME="Kommentar",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="audio-source-1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2,Opus",AUDIO="audio-source"
audio-source/index.m3u8
`)
  })

  test('has no audio group where there is no audio, and guesses a rate that nobody knows', () => {
    expect(
      multivariant([START, declared({ ...SOURCE, audio: undefined, frameRate: undefined })]),
    ).toBe(`#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=2764800,CODECS="avc1.64001f",RESOLUTION=1280x720
source/index.m3u8
`)
  })

  test('tells the range of brightness where some rung has a high one', () => {
    const text = multivariant([START, declared(HDR_SOURCE), declared(LOW)])
    expect(text.match(/RESOLUTION=.*/g)).toEqual([
      'RESOLUTION=1280x720,FRAME-RATE=30.000,VIDEO-RANGE=PQ',
      'RESOLUTION=640x360,FRAME-RATE=29.970,VIDEO-RANGE=SDR',
    ])
    const hlg = { ...HDR_SOURCE, colour: { primaries: 9, transfer: 18, matrix: 9, fullRange: false } }
    expect(multivariant([START, declared(hlg)])).toContain('VIDEO-RANGE=HLG')
  })

  test('has every rung once more with each further audio group', () => {
    const surround = { ...AUDIO, codecString: 'ac-3', channels: 6, nominalBitrate: 448_000 }
    const own = { audio: LOW_AUDIO.id, furtherAudio: [surround.id] }
    const events = [{ ...SOURCE, ...own }, { ...LOW, ...own }, surround, LOW_AUDIO].map(declared)
    const text = multivariant([START, ...events])
    expect(text.match(/(?<=CODECS=).*\n.*/g)).toEqual([
      '"avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio-64k"\nsource/index.m3u8',
      '"avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio-64k"\n360p/index.m3u8',
      '"avc1.64001f,ac-3",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio-source"\nsource/index.m3u8',
      '"avc1.42c01e,ac-3",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio-source"\n360p/index.m3u8',
      '"ac-3",AUDIO="audio-source"\naudio-source/index.m3u8',
      '"mp4a.40.2",AUDIO="audio-64k"\naudio-64k/index.m3u8',
    ])
  })

  test('goes over to a further group where the own one is gone, and lists no group without a rung', () => {
    const own = { ...SOURCE, audio: LOW_AUDIO.id, furtherAudio: [AUDIO.id] }
    const removed: TimelineEvent = {
      type: 'rendition-removed',
      rendition: LOW_AUDIO.id,
      reason: 'no encoder',
    }
    const text = multivariant([START, ...[own, LOW_AUDIO, AUDIO].map(declared), removed])
    expect(text.match(/GROUP-ID="[^"]+"/g)).toEqual(['GROUP-ID="audio-source"'])
    expect(text.match(/AUDIO="[^"]+"\n.*/g)).toEqual([
      'AUDIO="audio-source"\nsource/index.m3u8',
      'AUDIO="audio-source"\naudio-source/index.m3u8',
    ])
    expect(multivariant([START, declared({ ...SOURCE, audio: undefined }), declared(AUDIO)])).not.toContain(
      'GROUP',
    )
  })

  test('does not promise independent segments where one was not', () => {
    const events = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(SOURCE, 1, { independent: false }),
    ]
    expect(multivariant(events)).not.toContain('INDEPENDENT')
    expect(media(events)).not.toContain('EXT-X-INDEPENDENT')
  })
})

describe('a media playlist', () => {
  test('lists segments, and parts at the live edge', () => {
    const events = [
      START,
      declared(SOURCE),
      ...[0, 1, 2, 3].flatMap((number) => segmentEvents(SOURCE, number, { parts: 4 })),
      ...partEvents(SOURCE, 4).slice(0, 2),
    ]
    expect(media(events)).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-PART-INF:PART-TARGET=0.500000
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.000000,PART-HOLD-BACK=1.500000,HOLD-BACK=6.000000
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="b1.1.init0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z
#EXTINF:2.000000,
b1.1.0.0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.000Z
#EXTINF:2.000000,
b1.1.0.1.m4s
${segmentWithParts(2, '04')}${segmentWithParts(3, '06')}#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:08.000Z
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.4.p0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.4.p1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.0.4.p2.m4s"
`)
  })

  function segmentWithParts(number: number, second: string): string {
    return `#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:${second}.000Z
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.${number}.p0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.${number}.p1.m4s"
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.${number}.p2.m4s"
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.${number}.p3.m4s"
#EXTINF:2.000000,
b1.1.0.${number}.m4s
`
  }

  test('begins with the first part, before any segment is complete', () => {
    expect(media([START, declared(SOURCE), ...partEvents(SOURCE, 5).slice(0, 1)])).toContain(
      '#EXT-X-MEDIA-SEQUENCE:5\n',
    )
  })

  test('does not exist for an unknown or a planned rendition', () => {
    expect(renderMedia(snapshotOf(LADDER), '360p')).toBeUndefined()
    expect(renderMedia(snapshotOf(LADDER), '1080p')).toBeUndefined()
  })

  test('marks a discontinuity before the first part behind it, with the init segment again', () => {
    const events: TimelineEvent[] = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0, { parts: 0 }),
      { type: 'discontinuity', segment: 1 },
      ...partEvents(SOURCE, 1, { start: 30 }).slice(0, 1),
    ]
    expect(media(events)).toContain(`b1.1.0.0.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b1.1.init0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:30.000Z
#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.1.p0.m4s",INDEPENDENT=YES
`)
  })

  test('counts a discontinuity that has left', () => {
    const events: TimelineEvent[] = [START, declared(SOURCE)]
    for (let number = 0; number < 12; number++) {
      if (number === 4 || number === 6 || number === 9)
        events.push({ type: 'discontinuity', segment: number })
      events.push(...segmentEvents(SOURCE, number, { parts: 0 }))
    }
    const text = media(events, 'source', 12)
    expect(text).toContain('#EXT-X-MEDIA-SEQUENCE:6\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n')
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1)
  })

  test('names a changed init segment where it changes', () => {
    const again = declared({ ...SOURCE, init: { version: 1, name: 'b1.1.init1.mp4' } })
    const events = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0, { parts: 0 }),
      again,
      ...segmentEvents(SOURCE, 1, { parts: 0, init: 1 }),
    ]
    const text = media(events)
    expect(text.match(/#EXT-X-MAP:.*/g)).toEqual([
      '#EXT-X-MAP:URI="b1.1.init0.mp4"',
      '#EXT-X-MAP:URI="b1.1.init1.mp4"',
    ])
    expect(text.indexOf('init1')).toBeGreaterThan(text.indexOf('b1.1.0.0.m4s'))
  })

  test('shows what is missing as gaps', () => {
    const events = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0, { parts: 0 }),
      ...segmentEvents(SOURCE, 2),
    ]
    const text = media(events)
    expect(text).toContain('#EXT-X-VERSION:8\n')
    const missing = [0, 1, 2, 3].map(
      (part) => `#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.1.p${part}.m4s",GAP=YES\n`,
    )
    expect(text).toContain(`${missing.join('')}#EXT-X-GAP\n#EXTINF:2.000000,\nb1.1.0.1.m4s\n`)
  })

  test('says no duration longer than announced where a publisher stalled', () => {
    const events = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0, { duration: 3.1, parts: 1 }),
      ...segmentEvents(SOURCE, 1, { start: 3.1 }),
    ]
    const text = media(events)
    expect(text).toContain(
      '#EXT-X-PART:DURATION=0.500000,URI="b1.1.0.0.p0.m4s",INDEPENDENT=YES\n#EXTINF:2.499999,\n',
    )
    expect(text).toContain('#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:03.100Z')
  })

  test('ends', () => {
    const text = media([START, declared(SOURCE), ...segmentEvents(SOURCE, 0), { type: 'end' }])
    expect(text.endsWith('b1.1.0.0.m4s\n#EXT-X-ENDLIST\n')).toBe(true)
  })
})

describe('what comes next', () => {
  const running = [START, declared(SOURCE), ...segmentEvents(SOURCE, 0)]
  const NEW_INIT = { version: 1, name: 'b1.1.init1.mp4' }

  function hints(events: readonly TimelineEvent[]): readonly string[] {
    const text = media(events)
    const lines = text.trimEnd().split('\n')
    const last = lines.findLastIndex((line) => !line.startsWith('#') || line.startsWith('#EXT-X-PART:'))
    return lines.slice(last + 1)
  }

  test('is the next part of the open segment, or the first of the next one', () => {
    expect(hints([...running, ...partEvents(SOURCE, 1).slice(0, 3)])).toEqual([
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.0.1.p3.m4s"',
    ])
    expect(hints(running)).toEqual(['#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.0.1.p0.m4s"'])
  })

  test('needs another init segment where that was declared', () => {
    expect(hints([...running, declared({ ...SOURCE, init: NEW_INIT })])).toEqual([
      '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="b1.1.init1.mp4"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.1.1.p0.m4s"',
    ])
  })

  test('is the first part of the next segment where the init segment changed and the worker did not', () => {
    const open = partEvents(SOURCE, 1).slice(0, 2)
    expect(hints([...running, ...open, declared({ ...SOURCE, init: NEW_INIT })])).toEqual([
      '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="b1.1.init1.mp4"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.1.2.p0.m4s"',
    ])
  })

  test('is the open segment once more where another worker took over', () => {
    const successor = { ...SOURCE, init: { version: 1, name: 'b1.2.init1.mp4' } }
    const open = partEvents(SOURCE, 1).slice(0, 2)
    const takeover = [...running, ...open, declared(successor)]
    expect(hints(takeover)).toEqual([
      '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="b1.2.init1.mp4"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.2.1.1.p0.m4s"',
    ])
    const anew = partEvents(SOURCE, 1, { epoch: 2, init: 1 }).slice(0, 1)
    expect(hints([...takeover, ...anew])).toEqual(['#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.2.1.1.p1.m4s"'])
  })

  test('lies behind a discontinuity that is known already', () => {
    expect(hints([...running, { type: 'discontinuity', segment: 1 }])).toEqual([
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b1.1.0.1.p0.m4s"',
    ])
  })

  test('is nothing at the end', () => {
    expect(hints([...running, { type: 'end' }])).toEqual(['#EXT-X-ENDLIST'])
  })
})

describe('reports of the other renditions', () => {
  const events = [
    ...LADDER,
    ...segmentEvents(SOURCE, 0),
    ...segmentEvents(AUDIO, 0),
    ...partEvents(SOURCE, 1).slice(0, 2),
  ]

  function reports(rendition: string): readonly string[] {
    return media(events, rendition)
      .split('\n')
      .filter((line) => line.startsWith('#EXT-X-RENDITION-REPORT'))
  }

  test('say how far each is, and nothing of those without media', () => {
    expect(reports('source')).toEqual([
      '#EXT-X-RENDITION-REPORT:URI="../audio-source/index.m3u8",LAST-MSN=0,LAST-PART=3',
    ])
    expect(reports('audio-source')).toEqual([
      '#EXT-X-RENDITION-REPORT:URI="../source/index.m3u8",LAST-MSN=1,LAST-PART=1',
    ])
  })
})

describe('a delta update', () => {
  const OLD = Array.from({ length: 12 }, (_, number) => segmentEvents(SOURCE, number)).flat()
  const running = [START, declared(SOURCE), ...OLD]

  test('leaves out what is beyond the skip boundary, and nothing else', () => {
    const events = [...running, ...partEvents(SOURCE, 12).slice(0, 1)]
    const [whole, delta] = [false, true].map((skip) =>
      (renderMedia(snapshotOf(events), 'source', { skip }) ?? '').split('\n'),
    )
    // The list ends at 24.5 s, and segment 6 at 14 s: 10.5 s before.
    const skipped = delta?.indexOf('#EXT-X-SKIP:SKIPPED-SEGMENTS=6') ?? -1
    expect(delta?.[1]).toBe('#EXT-X-VERSION:9')
    expect(delta?.slice(2, skipped)).toEqual(whole?.slice(2, skipped))
    const kept = delta?.slice(skipped + 1) ?? []
    expect(kept[0]).toBe('#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:12.000Z')
    expect(kept).toEqual(whole?.slice(-kept.length))
  })

  test('is the whole list where nothing is old enough, and at the end', () => {
    const short = [START, declared(SOURCE), ...OLD.slice(0, 25)]
    const ended: readonly TimelineEvent[] = [...running, { type: 'end' }]
    for (const events of [short, ended]) {
      const snapshot = snapshotOf(events)
      expect(renderMedia(snapshot, 'source', { skip: true })).toBe(renderMedia(snapshot, 'source'))
    }
  })
})
