import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type Awaited, WaitingRoom, WaitList, type WaitOutcome } from './wait-list.ts'

/** Waits for what `look` gives, a minute at most. */
function awaited<T>(what: string, look: () => T | undefined, millis = 60_000): Awaited<T> {
  return { what, look, millis }
}

test('what is there already is given at once, without a place in the room', async () => {
  const room = new WaitingRoom(0)
  expect(
    await new WaitList(room).wait(
      awaited('all', () => 7),
      new EventEmitter(),
    ),
  ).toEqual({ type: 'ready', value: 7 })
})

test('a change is looked at by everybody, and ends the waits it satisfies', async () => {
  const room = new WaitingRoom(10)
  const list = new WaitList(room)
  let version = 0
  const waits = [1, 2].map((wanted) =>
    list.wait(
      awaited(`version ${wanted}`, () => (version >= wanted ? version : undefined)),
      new EventEmitter(),
    ),
  )
  version = 1
  list.changed()
  expect(await waits[0]).toEqual({ type: 'ready', value: 1 })
  expect([room.waiting, list.busy]).toEqual([1, true])
  version = 2
  list.changed()
  expect(await waits[1]).toEqual({ type: 'ready', value: 2 })
  expect([room.waiting, list.busy]).toEqual([0, false])
})

test('a wait ends in time, when the viewer goes, and when nothing will come', async () => {
  const room = new WaitingRoom(10)
  const list = new WaitList(room)
  const viewer = new EventEmitter()
  const timeout = list.wait(
    awaited('soon', () => undefined, 5),
    new EventEmitter(),
  )
  const left = list.wait(
    awaited('all', () => undefined),
    viewer,
  )
  const last = list.wait(
    awaited('all', () => undefined),
    new EventEmitter(),
  )
  expect(await timeout).toEqual({ type: 'timeout' })
  viewer.emit('close')
  expect(await left).toEqual({ type: 'left' })
  list.close()
  expect(await last).toEqual({ type: 'cancelled' })
  expect(
    await list.wait(
      awaited('all', () => undefined),
      new EventEmitter(),
    ),
  ).toEqual({ type: 'cancelled' })
  expect(room.waiting).toBe(0)
})

test('a full room lets nobody in, over all lists', async () => {
  const room = new WaitingRoom(1)
  const [one, other] = [new WaitList(room), new WaitList(room)]
  const waiting = one.wait(
    awaited('all', () => undefined),
    new EventEmitter(),
  )
  expect(
    await other.wait(
      awaited('all', () => undefined),
      new EventEmitter(),
    ),
  ).toEqual({ type: 'full' })
  one.close()
  expect(await waiting).toEqual({ type: 'cancelled' })
})

test('looks once for all who wait for the same', async () => {
  const list = new WaitList(new WaitingRoom(1000))
  let looks = 0
  let there = false
  const look = (): true | undefined => {
    looks += 1
    return there || undefined
  }
  const waits = Array.from({ length: 1000 }, () => list.wait(awaited('same', look), new EventEmitter()))
  looks = 0
  list.changed()
  there = true
  list.changed()
  expect(new Set((await Promise.all(waits)).map(({ type }) => type))).toEqual(new Set(['ready']))
  expect([looks, list.busy]).toEqual([2, false])
})

test('answers come in turns, and who leaves meanwhile is left out', async () => {
  const room = new WaitingRoom(1000)
  const list = new WaitList(room)
  let there = false
  const viewers = Array.from({ length: 1000 }, () => new EventEmitter())
  const waits = viewers.map((viewer) =>
    list.wait(
      awaited('same', () => there || undefined),
      viewer,
    ),
  )
  there = true
  list.changed()
  expect(room.waiting).toBeGreaterThan(0)
  viewers.at(-1)?.emit('close')
  const outcomes = await Promise.all(waits)
  expect(outcomes.filter(({ type }) => type === 'ready')).toHaveLength(999)
  expect(outcomes.at(-1)).toEqual({ type: 'left' })
  expect([room.waiting, list.busy]).toEqual([0, false])
})

test('those without a promise are told at once and once, each how his wait ended', () => {
  const room = new WaitingRoom(1000)
  const list = new WaitList(room)
  let there = false
  const told = new Map<EventEmitter, WaitOutcome<boolean>[]>()
  const viewers = Array.from({ length: 1000 }, () => new EventEmitter())
  const ended = (viewer: EventEmitter, outcome: WaitOutcome<boolean>): void => {
    told.set(viewer, [...(told.get(viewer) ?? []), outcome])
  }
  for (const viewer of viewers)
    expect(
      list.join(
        awaited('same', () => there || undefined),
        viewer,
        ended,
      ),
    ).toBeUndefined()
  expect(
    list.join(
      awaited('same', () => there || undefined),
      new EventEmitter(),
      ended,
    ),
  ).toEqual({ type: 'full' })
  viewers[0]?.emit('close')
  expect(room.waiting).toBe(999)
  there = true
  list.changed()
  expect([room.waiting, list.busy]).toEqual([0, false])
  for (const viewer of viewers) viewer.emit('close')
  const outcomes = viewers.map((viewer) => told.get(viewer))
  expect(outcomes.shift()).toEqual([{ type: 'left' }])
  expect(outcomes).toEqual(outcomes.map(() => [{ type: 'ready', value: true }]))
})

test('each waits as long as he may, whoever came before', async () => {
  const list = new WaitList(new WaitingRoom(10))
  const outcomes: string[] = []
  const wait = (viewer: string): Promise<unknown> =>
    list
      .wait(
        awaited('all', () => undefined, 20),
        new EventEmitter(),
      )
      .then(({ type }) => outcomes.push(`${viewer}: ${type}`))
  const first = wait('first')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await Promise.all([first, wait('second')])
  expect(outcomes).toEqual(['first: timeout', 'second: timeout'])
  expect(list.busy).toBe(false)
})
