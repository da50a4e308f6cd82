import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { epochMillis } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import {
  AUDIO,
  COMMENTARY,
  declared,
  HDR_SOURCE,
  LOW,
  partEvents,
  planned,
  type SampleOptions,
  SOURCE,
  START,
  segmentEvents,
  snapshotOf,
} from '../testing/sample-log.ts'
import type { TimelineEvent } from '../timeline/events.ts'
import { type MpdOptions, renderMpd } from './mpd.ts'

const CHECK = fileURLToPath(new URL('../../../../../shared/dash-schema/check.sh', import.meta.url))
const OPTIONS = {
  publishTime: epochMillis(START.startedAt + 4200),
  timeServerUrl: '/time',
  latency: 'ordinary' as const,
}

function mpd(events: readonly TimelineEvent[], window = 60): string {
  return rendered(events, { window, latency: 'ordinary' })
}

function lowLatencyMpd(events: readonly TimelineEvent[]): string {
  return rendered(events, { window: 60, latency: 'low' })
}

function rendered(
  events: readonly TimelineEvent[],
  { window, latency }: { readonly window: number; readonly latency: MpdOptions['latency'] },
): string {
  const text = renderMpd(snapshotOf(events, { window }), { ...OPTIONS, latency })
  if (text === undefined) throw new Error('nothing to list')
  return text
}

function both(number: number, options: SampleOptions = {}): readonly TimelineEvent[] {
  return [
    ...segmentEvents(SOURCE, number, options),
    ...segmentEvents(AUDIO, number, { ...options, size: 32_000 }),
  ]
}

const OPENING = [START, declared(SOURCE), declared(planned(LOW)), declared(AUDIO)]

const HEVC_SOURCE = { ...SOURCE, codecString: 'hvc1.1.6.L93.90' }

const SDR_LOW = { ...LOW, colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false } }
const FULL_RANGE = {
  ...HDR_SOURCE,
  colour: { primaries: 9, transfer: 18, matrix: 9, fullRange: true },
}

const CASES = {
  plain: [...OPENING, ...both(0), ...both(1)],
  'joined late': [...OPENING, ...both(0), ...both(1), declared(LOW), ...segmentEvents(LOW, 1)],
  'taken over': [...OPENING, ...both(0), ...both(1, { epoch: 2 })],
  reconnected: [...OPENING, ...both(0), { type: 'discontinuity', segment: 1 }, ...both(1, { start: 31.2 })],
  ended: [...OPENING, ...Array.from({ length: 12 }, (_, number) => both(number)).flat(), { type: 'end' }],
  'two codecs': [
    START,
    declared(HEVC_SOURCE),
    declared(LOW),
    declared(AUDIO),
    ...segmentEvents(HEVC_SOURCE, 0),
    ...segmentEvents(LOW, 0),
    ...segmentEvents(AUDIO, 0, { size: 32_000 }),
  ],
  'high range': [
    START,
    declared(HDR_SOURCE),
    declared(SDR_LOW),
    ...segmentEvents(HDR_SOURCE, 0),
    ...segmentEvents(SDR_LOW, 0),
  ],
  'high range alone': [START, declared(FULL_RANGE), ...segmentEvents(FULL_RANGE, 0)],
  'another codec': [
    START,
    declared(SOURCE),
    ...segmentEvents(SOURCE, 0),
    { type: 'discontinuity', segment: 1 },
    declared({ ...HDR_SOURCE, init: { version: 1, name: 'b1.1.init1.mp4' } }),
    ...segmentEvents(HDR_SOURCE, 1, { init: 1 }),
  ],
  'several sounds': [
    ...OPENING,
    declared({ ...AUDIO, name: 'Track 1' }),
    declared({ ...COMMENTARY, name: 'Kommentar & <Analyse>' }),
    ...both(0),
    ...segmentEvents(COMMENTARY, 0, { size: 32_000 }),
  ],
  'audio only': [START, declared({ ...AUDIO, channels: 8 }), ...segmentEvents(AUDIO, 0)],
} satisfies Readonly<Record<string, readonly TimelineEvent[]>>

describe('the MPD', () => {
  test('describes a running broadcast', () => {
    expect(mpd(CASES.plain)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="dynamic" availabilityStartTime="2026-11-22T10:00:00.000Z" publishTime="2026-11-22T10:00:04.200Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT6S" maxSegmentDuration="PT2S" minBufferTime="PT2S">
  <Period id="p0" start="PT0S">
    <AdaptationSet id="1635148593" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="source" bandwidth="1000000" codecs="avc1.64001f" width="1280" height="720" frameRate="30" sar="1:1">
        <SegmentTemplate timescale="90000" presentationTimeOffset="0" startNumber="0" initialization="source/b1.1.init0.mp4" media="source/b1.1.0.$Number$.m4s">
          <SegmentTimeline>
            <S t="0" d="180000" r="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1836069985" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="audio-source" bandwidth="128000" codecs="mp4a.40.2" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000" presentationTimeOffset="0" startNumber="0" initialization="audio-source/b1.1.init0.mp4" media="audio-source/b1.1.0.$Number$.m4s">
          <SegmentTimeline>
            <S t="0" d="96000" r="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="/time"/>
</MPD>
`)
  })

  test.each(Object.entries(CASES))('has a short root start tag: %s', (_, events) => {
    for (const text of [mpd(events), lowLatencyMpd(events)])
      expect(text.indexOf('>', text.indexOf('<MPD'))).toBeLessThan(480)
  })

  test('begins a period that goes on where file names change', () => {
    const text = mpd(CASES['taken over'])
    expect(text).toContain('<Period id="p1" start="PT2S">')
    expect(text).toContain(
      '<SupplementalProperty schemeIdUri="urn:mpeg:dash:period-continuity:2015" value="p0"/>',
    )
    expect(text).toContain(
      'presentationTimeOffset="180000" startNumber="1" initialization="source/b1.1.init0.mp4" media="source/b1.2.0.$Number$.m4s"',
    )
  })

  test('has other names for media that needs another init segment', () => {
    const again = declared({ ...SOURCE, init: { version: 1, name: 'b1.1.init1.mp4' } })
    const before = [START, declared(SOURCE), ...segmentEvents(SOURCE, 0)]
    const after = [
      { type: 'discontinuity', segment: 1 } as const,
      again,
      ...segmentEvents(SOURCE, 1, { init: 1 }),
    ]
    const names = (text: string): readonly string[] =>
      [...text.matchAll(/initialization="(.*?)" media="(.*?)"/g)].map(([, init, media]) => `${init} ${media}`)
    const old = 'source/b1.1.init0.mp4 source/b1.1.0.$Number$.m4s'
    expect(names(lowLatencyMpd(before))).toEqual([old])
    expect(names(lowLatencyMpd([...before, ...after]))).toEqual([
      old,
      'source/b1.1.init1.mp4 source/b1.1.1.$Number$.m4s',
    ])
  })

  test('begins a period that does not go on behind a discontinuity', () => {
    const text = mpd(CASES.reconnected)
    expect(text).toContain('<Period id="p0" start="PT0S" duration="PT2S">')
    expect(text).toContain('<Period id="p1" start="PT31.2S">')
    expect(text).toContain('timescale="48000" presentationTimeOffset="1497600" startNumber="1"')
    expect(text).not.toContain('continuity')
  })

  test('shows a rung that joins late from its first segment on', () => {
    const text = mpd(CASES['joined late'])
    const [before, after] = text.split('<Period id="p1"')
    expect(before).not.toContain('360p')
    expect(after).toContain(
      '<Representation id="360p" bandwidth="1000000" codecs="avc1.42c01e" width="640" height="360" frameRate="30000/1001" sar="1:1">',
    )
  })

  test('lets players change between pictures in different codecs', () => {
    const text = mpd(CASES['two codecs'])
    const [avc, hevc] = [0x61766331, 0x68766331]
    const switching = (id: number): string =>
      `<SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value="${id}"/>`
    const [, first, second, audio] = text.split('<AdaptationSet ')
    expect(first).toMatch(new RegExp(`^id="${hevc}"[^>]*>\\s*${switching(avc)}`))
    expect(second).toMatch(new RegExp(`^id="${avc}"[^>]*>\\s*${switching(hevc)}`))
    expect(audio).not.toContain('switching')
  })

  /** The descriptors of colours in each AdaptationSet. */
  const colours = (text: string): string[][] =>
    text
      .split('<AdaptationSet ')
      .slice(1)
      .map((set) =>
        [...set.matchAll(/<(\w+)Property schemeIdUri="urn:mpeg:mpegB:cicp:(\w+)" value="(\d+)"\/>/g)].map(
          ([, kind, name, value]) => `${kind} ${name} ${value}`,
        ),
      )

  test('lets players leave out a high range where there is another picture', () => {
    const text = mpd(CASES['high range'])
    expect(colours(text)).toEqual([
      [
        'Essential ColourPrimaries 9',
        'Essential TransferCharacteristics 16',
        'Essential MatrixCoefficients 9',
      ],
      [
        'Supplemental ColourPrimaries 1',
        'Supplemental TransferCharacteristics 1',
        'Supplemental MatrixCoefficients 1',
      ],
    ])
    expect(text).not.toContain('adaptation-set-switching')
  })

  test('shows a high range to everybody where there is nothing else', () => {
    expect(colours(mpd(CASES['high range alone']))).toEqual([
      [
        'Supplemental ColourPrimaries 9',
        'Supplemental TransferCharacteristics 18',
        'Supplemental MatrixCoefficients 9',
        'Supplemental VideoFullRangeFlag 1',
      ],
    ])
  })

  test('tells of each Period what its own segments are', () => {
    const text = mpd(CASES['another codec'])
    const [, before, after] = text.split('<Period ')
    expect(before).toContain('codecs="avc1.64001f"')
    expect(colours(before ?? '')).toEqual([[]])
    expect(after).toContain('codecs="hvc1.2.4.L93.90"')
    expect(colours(after ?? '')[0]).toHaveLength(3)
    expect(text).not.toContain('continuity')
  })

  test('has a set of its own for each sound, with its name and language', () => {
    const [, , main, other] = mpd(CASES['several sounds']).split('<AdaptationSet ')
    expect(main).toMatch(
      /^id="1836069985" contentType="audio" mimeType="audio\/mp4"[^>]*>\s*<Label>Track 1<\/Label>\s*<Role [^>]*value="main"\/>\s*<Representation id="audio-source"/,
    )
    expect(other).toMatch(
      /^id="1" contentType="audio" lang="de" mimeType="audio\/mp4"[^>]*>\s*<Label>Kommentar &amp; &lt;Analyse&gt;<\/Label>\s*<Role [^>]*value="alternate"\/>\s*<Representation id="audio-source-1"/,
    )
  })

  test('is static once the broadcast has ended, from the first segment still there', () => {
    const text = mpd(CASES.ended, 12)
    expect(text).toContain('type="static" mediaPresentationDuration="PT24S"')
    expect(text).toContain('<Period id="p0" start="PT12S">')
    expect(text).toContain('presentationTimeOffset="1080000" startNumber="6"')
    expect(text).not.toContain('minimumUpdatePeriod')
    expect(text).not.toContain('UTCTiming')
  })

  test('gives each segment its own duration, and a time where it does not follow the last', () => {
    const events = [
      START,
      declared(SOURCE),
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(SOURCE, 1),
      ...segmentEvents(SOURCE, 2, { duration: 2.3 }),
      ...segmentEvents(SOURCE, 3, { start: 7 }),
    ]
    const text = mpd(events.filter(({ type }) => type !== 'part'))
    expect(text.match(/<S .*\/>/g)).toEqual([
      '<S t="0" d="180000" r="1"/>',
      '<S d="207000"/>',
      '<S t="630000" d="180000"/>',
    ])
    expect(text).toContain('maxSegmentDuration="PT2.3S"')
  })

  test('does not exist before the first segment', () => {
    expect(renderMpd(snapshotOf(OPENING), OPTIONS)).toBeUndefined()
  })

  test.skipIf(!existsSync(CHECK))(
    'satisfies the schema (skipped where ../shared/dash-schema is absent)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-mpd-'))
      try {
        const files = Object.entries(CASES).flatMap(([name, events]) => {
          const texts = { [name]: mpd(events), [`${name}, low latency`]: lowLatencyMpd(events) }
          return Object.entries(texts).map(([title, text]) => {
            const file = join(folder, `${title}.mpd`)
            writeFileSync(file, text)
            return file
          })
        })
        expect(() => execFileSync(CHECK, files, { stdio: 'pipe' })).not.toThrow()
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})

describe('the MPD for low latency', () => {
  test('says how early segments can be had, and foretells three', () => {
    const text = lowLatencyMpd([...CASES.plain, ...partEvents(SOURCE, 2).slice(0, 2)])
    expect(text).toMatch(
      /^.*\n<MPD [^>]*profiles="[^"]*,http:\/\/www.dashif.org\/guidelines\/low-latency-live-v5"/,
    )
    expect(text).toContain('suggestedPresentationDelay="PT1.25S" maxSegmentDuration="PT2S"')
    expect(text).toContain(`
  <ServiceDescription id="0">
    <Latency referenceId="0" target="1750" max="60000" min="875"/>
    <PlaybackRate max="1.1" min="0.95"/>
  </ServiceDescription>
`)
    expect(text).toContain(`
      <ProducerReferenceTime id="0" inband="true" type="encoder" wallClockTime="2026-11-22T10:00:00.000Z" presentationTime="0">
        <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="/time"/>
      </ProducerReferenceTime>
      <Role `)
    expect(templates(text)).toEqual([
      'timescale="90000" presentationTimeOffset="0" startNumber="0" availabilityTimeOffset="1.5" availabilityTimeComplete="false"',
      'timescale="48000" presentationTimeOffset="0" startNumber="0" availabilityTimeOffset="1.5" availabilityTimeComplete="false"',
    ])
    expect(entries(text)).toEqual(['<S t="0" d="180000" r="4"/>', '<S t="0" d="96000" r="4"/>'])
  })

  test('does not change with the parts of a segment', () => {
    const before = lowLatencyMpd(CASES.plain)
    expect(lowLatencyMpd([...CASES.plain, ...partEvents(SOURCE, 2)])).toBe(before)
  })

  test('foretells segments as long as the longest of the last five', () => {
    const durations = [2.4, 1.5, 2, 1.8, 1.9, 1.7]
    let start = 0
    const segments = durations.flatMap((duration, number) => {
      const events = segmentEvents(SOURCE, number, { start, duration })
      start += duration
      return events
    })
    const text = lowLatencyMpd([START, declared(SOURCE), ...segments])
    expect(entries(text).at(-1)).toBe('<S d="180000" r="2"/>')
    expect(text).toContain('availabilityTimeOffset="1.5"')
    expect(text).toContain('maxSegmentDuration="PT2.4S"')
  })

  test('foretells nothing behind a break, and lets earlier Periods be had early too', () => {
    const broken = lowLatencyMpd([
      ...OPENING,
      ...both(0),
      { type: 'discontinuity', segment: 1 },
      ...partEvents(SOURCE, 1, { start: 31.2 }),
    ])
    expect(entries(broken)).toEqual(['<S t="0" d="180000"/>', '<S t="0" d="96000"/>'])
    const text = lowLatencyMpd(CASES.reconnected)
    expect(entries(text)).toEqual([
      '<S t="0" d="180000"/>',
      '<S t="0" d="96000"/>',
      '<S t="2808000" d="180000" r="3"/>',
      '<S t="1497600" d="96000" r="3"/>',
    ])
    // Shaka Player takes low latency from the least early of all.
    expect(
      templates(text).filter((template) => template.includes('availabilityTimeOffset="1.5"')),
    ).toHaveLength(4)
  })

  test('foretells nothing where the encoder begins anew', () => {
    const again = declared({ ...SOURCE, init: { version: 1, name: 'b1.1.init1.mp4' } })
    expect(entries(lowLatencyMpd([START, declared(SOURCE), ...segmentEvents(SOURCE, 0), again]))).toEqual([
      '<S t="0" d="180000"/>',
    ])
  })

  test('is the ordinary one where there are no parts, and after the end', () => {
    const whole = CASES.plain.filter(({ type }) => type !== 'part')
    expect(lowLatencyMpd(whole)).toBe(mpd(whole))
    expect(lowLatencyMpd(CASES.ended)).toBe(mpd(CASES.ended))
  })

  /** The attributes of each SegmentTemplate up to its URLs. */
  function templates(text: string): string[] {
    return [...text.matchAll(/<SegmentTemplate (.*?) initialization=/g)].map(
      ([, attributes]) => attributes ?? '',
    )
  }

  function entries(text: string): string[] {
    return text.match(/<S .*\/>/g) ?? []
  }
})
