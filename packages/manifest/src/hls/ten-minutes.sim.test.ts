import { applyDelta, HlsValidator, readMediaList } from '@sluice/testkit'
import { expect, test } from 'vitest'
import { tenMinutes } from '../testing/ten-minutes.ts'
import type { TimelineSnapshot } from '../timeline/snapshot.ts'
import { Timeline } from '../timeline/timeline.ts'
import { rangeFrom } from './list-range.ts'
import { type MediaOptions, renderMedia } from './media.ts'

const WINDOW_SECONDS = 30

/** Every media playlist of a snapshot, by rendition. */
function listsOf(
  snapshot: TimelineSnapshot | undefined,
  options: MediaOptions = {},
): ReadonlyMap<string, string> {
  const ids = snapshot?.renditions.map(({ rendition }) => rendition.id) ?? []
  const lists = ids.map((id) => [id, snapshot && renderMedia(snapshot, id, options)] as const)
  return new Map(lists.flatMap(([id, text]) => (text === undefined ? [] : [[id, text] as const])))
}

/** Remembers when files were listed last, and how long they have to stay. */
class Removals {
  readonly #listed = new Map<string, number>()
  readonly #kept = new Map<string, number>()
  #longest = 0

  /** @param at - seconds. @returns listed and removed files that must still be there. */
  take(
    lists: ReadonlyMap<string, string>,
    at: number,
  ): readonly (readonly [rendition: string, name: string])[] {
    const now = new Map<string, number>()
    for (const [id, text] of lists) {
      const { segments } = readMediaList(text)
      const whole = segments.filter(({ gap }) => !gap)
      for (const { uri, duration = 0 } of whole) now.set(`${id}/${uri}`, duration)
      this.#longest = Math.max(
        this.#longest,
        segments.reduce((sum, { duration = 0 }) => sum + duration, 0),
      )
    }
    // Its own duration and that of the longest list that held it. RFC 8216bis §6.2.2
    for (const [file, duration] of this.#listed)
      if (!now.has(file)) this.#kept.set(file, at + duration + this.#longest)
    this.#listed.clear()
    for (const [file, duration] of now) this.#listed.set(file, duration)
    for (const [file, until] of this.#kept) if (until < at) this.#kept.delete(file)
    return [...this.#kept.keys()].map((file) => file.split('/') as [string, string])
  }
}

test('ten minutes with all that can happen: every version of every list keeps every rule', () => {
  const timeline = new Timeline({ window: WINDOW_SECONDS })
  const validator = new HlsValidator()
  const removals = new Removals()
  let before: ReadonlyMap<string, string> = new Map()
  let deltas = 0
  let second = 0
  for (const { at, events } of tenMinutes()) {
    for (const event of events) timeline.apply(event)
    const lists = listsOf(timeline.snapshot())
    validator.takeMoment(lists)
    for (const [id, delta] of listsOf(timeline.snapshot(), { skip: true })) {
      if (delta !== lists.get(id)) deltas += 1
      // What a player has before its first update is the list itself.
      expect(applyDelta(before.get(id) ?? delta, delta)).toBe(lists.get(id))
    }
    before = lists
    if (Math.floor(at) === second) continue
    second = Math.floor(at)
    const gone = removals.take(lists, at).filter(([id, name]) => timeline.file(id, name)?.kind !== 'segment')
    expect([at, gone]).toEqual([at, []])
  }
  expect(validator.faults).toEqual([])
  expect(validator.brokenHints).toEqual([])
  // The takeover, in each rendition.
  expect(validator.begunAnew).toBe(3)
  expect(validator.versions).toBeGreaterThan(10_000)
  expect(deltas).toBeGreaterThan(10_000)
  expect([...before.values()].every((text) => text.endsWith('#EXT-X-ENDLIST\n'))).toBe(true)
})

test('the same from a time on: the list begins there for good, and keeps every rule', () => {
  const timeline = new Timeline({ window: 900 })
  const validator = new HlsValidator()
  const begun = new Set<number>()
  let before: ReadonlyMap<string, string> = new Map()
  for (const [index, { events }] of tenMinutes().entries()) {
    for (const event of events) timeline.apply(event)
    const snapshot = timeline.snapshot()
    const range = snapshot && rangeFrom(snapshot, 150.7)
    const isLooked = index % 20 === 0 || snapshot?.ended === true
    if (!isLooked || range === undefined || typeof range === 'string') continue
    const lists = listsOf(snapshot, { range })
    validator.takeMoment(lists)
    for (const [id, delta] of listsOf(snapshot, { range, skip: true }))
      expect(applyDelta(before.get(id) ?? delta, delta)).toBe(lists.get(id))
    before = lists
    for (const text of lists.values()) {
      expect(text).toContain('#EXT-X-PLAYLIST-TYPE:EVENT\n')
      begun.add(readMediaList(text).mediaSequence)
    }
  }
  expect(validator.faults).toEqual([])
  expect([...begun]).toEqual([75])
  expect(validator.versions).toBeGreaterThan(500)
  expect(readMediaList(before.get('source') ?? '').segments.length).toBeGreaterThan(200)
})
