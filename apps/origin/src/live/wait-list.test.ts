import { expect, test } from 'vitest'
import { WaitingRoom, WaitList } from './wait-list.ts'

const NEVER = new AbortController().signal

test('what is there already is given at once, without a place in the room', async () => {
  const room = new WaitingRoom(0)
  expect(await new WaitList(room).wait(() => 7, 1000, NEVER)).toEqual({ type: 'ready', value: 7 })
})

test('a change is looked at by everybody, and ends the waits it satisfies', async () => {
  const room = new WaitingRoom(10)
  const list = new WaitList(room)
  let version = 0
  const waits = [1, 2].map((wanted) =>
    list.wait(() => (version >= wanted ? version : undefined), 60_000, NEVER),
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
  const viewer = new AbortController()
  const timeout = list.wait(() => undefined, 5, NEVER)
  const left = list.wait(() => undefined, 60_000, viewer.signal)
  const last = list.wait(() => undefined, 60_000, NEVER)
  expect(await timeout).toEqual({ type: 'timeout' })
  viewer.abort()
  expect(await left).toEqual({ type: 'cancelled' })
  list.close()
  expect(await last).toEqual({ type: 'cancelled' })
  expect(await list.wait(() => undefined, 60_000, NEVER)).toEqual({ type: 'cancelled' })
  expect(room.waiting).toBe(0)
})

test('a full room lets nobody in, over all lists', async () => {
  const room = new WaitingRoom(1)
  const [one, other] = [new WaitList(room), new WaitList(room)]
  const waiting = one.wait(() => undefined, 60_000, NEVER)
  expect(await other.wait(() => undefined, 60_000, NEVER)).toEqual({ type: 'full' })
  one.close()
  expect(await waiting).toEqual({ type: 'cancelled' })
})
