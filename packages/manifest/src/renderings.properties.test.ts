import { epochMillis } from '@sluice/core'
import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { renderMpd } from './dash/mpd.ts'
import { renderMedia } from './hls/media.ts'
import { parseStrictly } from './testing/parse-strictly.ts'
import { randomLog } from './testing/random-log.ts'
import { type MediaPlaylist, readMediaPlaylist } from './testing/read-media-playlist.ts'
import { snapshotOf } from './testing/sample-log.ts'
import type { TimelineEvent } from './timeline/events.ts'
import type { TimelineSnapshot } from './timeline/snapshot.ts'
import { Timeline } from './timeline/timeline.ts'

const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 60) }
const WINDOW = 14

/** Calls `visit` with the snapshot after each event that may have changed a list. */
function replay(
  events: readonly TimelineEvent[],
  visit: (snapshot: TimelineSnapshot, timeline: Timeline) => void,
): void {
  const timeline = new Timeline({ window: WINDOW })
  for (const event of events) {
    timeline.apply(event)
    const snapshot = timeline.snapshot()
    if (snapshot !== undefined && event.type !== 'rendition') visit(snapshot, timeline)
  }
}

/** Every media playlist of a snapshot, by rendition. */
function playlists(snapshot: TimelineSnapshot): readonly (readonly [string, string])[] {
  return snapshot.renditions.flatMap(({ rendition: { id } }) => {
    const text = renderMedia(snapshot, id)
    return text === undefined ? [] : [[id, text] as const]
  })
}

/** Remembers what was said of a name, and what else was said later. */
class Meanings {
  readonly #known = new Map<string, string>()
  /** Names whose meaning changed. */
  readonly changed: string[] = []

  note(name: string, meaning: unknown): void {
    const text = JSON.stringify(meaning)
    const known = this.#known.get(name)
    if (known !== undefined && known !== text) this.changed.push(`${name} was ${known} and became ${text}`)
    this.#known.set(name, text)
  }
}

test('a media playlist only ever moves forward, and no URI changes its meaning', () => {
  fc.assert(
    fc.property(randomLog(10), (events) => {
      const meanings = new Meanings()
      const last = new Map<string, MediaPlaylist>()
      replay(events, (snapshot, timeline) => {
        for (const [id, text] of playlists(snapshot)) {
          const list = readMediaPlaylist(text)
          const before = last.get(id)
          expect(list.mediaSequence).toBeGreaterThanOrEqual(before?.mediaSequence ?? 0)
          expect(list.discontinuitySequence).toBeGreaterThanOrEqual(before?.discontinuitySequence ?? 0)
          last.set(id, list)
          for (const { uri, ...segment } of list.segments) {
            meanings.note(`${id}/${uri}`, segment)
            expect(Math.round(segment.duration)).toBeLessThanOrEqual(list.targetDuration)
            expect(timeline.file(id, uri)?.kind).toBe(segment.gap ? undefined : 'segment')
          }
          for (const { uri, ...part } of list.parts) {
            meanings.note(`${id}/${uri}`, part)
            expect(timeline.file(id, uri)?.kind).toBe(part.gap ? undefined : 'part')
          }
        }
      })
      expect(meanings.changed).toEqual([])
    }),
    RUNS,
  )
})

test('removed segments are counted, and all renditions agree on discontinuities', () => {
  fc.assert(
    fc.property(randomLog(10), (events) => {
      const discontinuities = events.flatMap((event) =>
        event.type === 'discontinuity' ? [event.segment] : [],
      )
      const unique = [...new Set(discontinuities)]
      replay(events, (snapshot) => {
        for (const [, text] of playlists(snapshot))
          for (const { mediaSequence, discontinuitySequence, uri } of readMediaPlaylist(text).segments) {
            expect(uri).toMatch(new RegExp(`\\.${mediaSequence}\\.m4s$`))
            expect(discontinuitySequence).toBe(unique.filter((segment) => segment <= mediaSequence).length)
          }
      })
    }),
    RUNS,
  )
})

// The reader allows parts in the last three segments rather than in the last three target durations.
test('a strict reader accepts every media playlist', () => {
  fc.assert(
    fc.property(randomLog(21), (events) => {
      for (const [, text] of playlists(snapshotOf(events, { window: WINDOW })))
        expect(() => parseStrictly(text)).not.toThrow()
    }),
    RUNS,
  )
})

interface MpdSegment {
  readonly url: string
  readonly seconds: number
  readonly duration: number
}

const LISTS = new Set(['Period', 'AdaptationSet', 'Representation', 'S'])
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => LISTS.has(name),
})

function seconds(duration: string): number {
  return Number(/^PT([\d.]+)S$/.exec(duration)?.[1])
}

/** The media of an MPD as a player understands it: URLs, and times on the presentation's clock. */
function readMpd(text: string): { periods: Map<string, number>; segments: MpdSegment[]; longest: number } {
  const { MPD } = parser.parse(text)
  const periods = new Map<string, number>()
  const segments: MpdSegment[] = []
  for (const period of MPD.Period) {
    periods.set(period.id, seconds(period.start))
    for (const { Representation } of period.AdaptationSet)
      for (const { SegmentTemplate: template } of Representation) {
        let number = Number(template.startNumber)
        let time = 0
        for (const { t, d, r } of template.SegmentTimeline.S) {
          if (t !== undefined) time = Number(t)
          for (let repeat = 0; repeat <= Number(r ?? 0); repeat++) {
            const media = (time - Number(template.presentationTimeOffset)) / Number(template.timescale)
            segments.push({
              url: template.media.replace('$Number$', String(number)),
              seconds: seconds(period.start) + media,
              duration: Number(d) / Number(template.timescale),
            })
            number += 1
            time += Number(d)
          }
        }
      }
  }
  return { periods, segments, longest: seconds(MPD.maxSegmentDuration) }
}

test('an MPD never moves a period or a segment in time, and lists only files that exist', () => {
  fc.assert(
    fc.property(randomLog(10), (events) => {
      const meanings = new Meanings()
      replay(events, (snapshot, timeline) => {
        const text = renderMpd(snapshot, {
          publishTime: epochMillis(0),
          timeServerUrl: '/time',
          latency: 'ordinary' as const,
        })
        if (text === undefined) return
        const { periods, segments, longest } = readMpd(text)
        const starts = [...periods.values()]
        expect(starts).toEqual(starts.toSorted((a, b) => a - b))
        for (const [id, start] of periods) meanings.note(id, start)
        for (const { url, seconds: start, duration } of segments) {
          meanings.note(url, [start.toFixed(4), duration])
          expect(duration).toBeLessThanOrEqual(longest + 1e-6)
          const [rendition = '', name = ''] = url.split('/')
          expect(timeline.file(rendition, name)?.kind).toBe('segment')
        }
      })
      expect(meanings.changed).toEqual([])
    }),
    RUNS,
  )
})

test('an MPD for low latency lists what the ordinary one lists, and what may come behind it', () => {
  fc.assert(
    fc.property(randomLog(10), (events) => {
      replay(events, (snapshot, timeline) => {
        const options = { publishTime: epochMillis(0), timeServerUrl: '/time' }
        const ordinary = renderMpd(snapshot, { ...options, latency: 'ordinary' })
        const low = renderMpd(snapshot, { ...options, latency: 'low' })
        expect(low === undefined).toBe(ordinary === undefined)
        if (low === undefined || ordinary === undefined) return
        const { segments, longest, periods } = readMpd(low)
        expect(periods).toEqual(readMpd(ordinary).periods)
        const isListed = ({ url }: MpdSegment): boolean => {
          const [rendition = '', name = ''] = url.split('/')
          return timeline.file(rendition, name)?.kind === 'segment'
        }
        expect(segments.filter(isListed)).toEqual(readMpd(ordinary).segments)
        for (const { duration } of segments) expect(duration).toBeLessThanOrEqual(longest + 1e-6)
      })
    }),
    RUNS,
  )
})

test('a reader who comes late says nothing else than one who was there from the start', () => {
  fc.assert(
    fc.property(randomLog(10), fc.nat(200), (events, missed) => {
      const listed = new Meanings()
      const timed = new Meanings()
      // The log keeps all but media for ever, and media of the window.
      const late = events.filter(
        ({ type }, index) => index >= missed || (type !== 'part' && type !== 'segment'),
      )
      for (const log of [events, late])
        replay(log, (snapshot) => {
          for (const [id, text] of playlists(snapshot))
            for (const { uri, ...segment } of readMediaPlaylist(text).segments)
              if (!segment.gap) listed.note(`${id}/${uri}`, segment)
          const text = renderMpd(snapshot, {
            publishTime: epochMillis(0),
            timeServerUrl: '/time',
            latency: 'ordinary' as const,
          })
          if (text === undefined) return
          for (const { url, seconds: start, duration } of readMpd(text).segments)
            timed.note(url, [start.toFixed(4), duration])
        })
      expect([...listed.changed, ...timed.changed]).toEqual([])
    }),
    RUNS,
  )
})
