import { concatBytes, ProtocolError, UnsupportedError } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { writeChunks } from '../chunk/chunk-writer.ts'
import { cutAt } from '../testing/bytes.ts'
import { clientHandshake, newSession, TestClient } from '../testing/client.ts'
import { runs } from '../testing/fast-check.ts'
import type { ServerSessionEvent } from './events.ts'

/** Everything a session says to the bytes, and the code of the error that ends it. */
function outcome(pieces: Iterable<Uint8Array>): {
  events: ServerSessionEvent[]
  output: string
  code: string
} {
  const session = newSession({ connect: 'ask' })
  const events: ServerSessionEvent[] = []
  const output: Uint8Array[] = []
  let code = ''
  try {
    for (const piece of pieces) {
      // The caller's buffer is overwritten as soon as the events are drained.
      const borrowed = Uint8Array.from(piece)
      session.receive(borrowed)
      for (const event of session.events()) {
        events.push(event)
        if (event.type === 'connect-requested') session.acceptConnect()
        if (event.type === 'publish-requested') session.acceptPublish()
      }
      output.push(session.output())
      borrowed.fill(0xee)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof UnsupportedError)) throw error
    code = error.code
    output.push(session.output())
  }
  return { events, output: Buffer.from(concatBytes(output)).toString('hex'), code }
}

const cuts = fc.array(fc.nat(6_000), { maxLength: 30 })

it('says the same however the bytes are cut', () => {
  const client = new TestClient()
  const bytes = concatBytes([
    client.opening(),
    client.publish('key'),
    client.media('video', 0, new Uint8Array(300).fill(1)),
    client.say({ type: 'set-chunk-size', size: 200 }),
    client.media('audio', 10, new Uint8Array(250).fill(2)),
    client.media('video', 0xffffff, new Uint8Array(450).fill(3)),
    client.call('unknown', 9, null),
    client.media('video', 0xffffff + 40, new Uint8Array(500).fill(4)),
    client.call('FCUnpublish', 0, null, 'key'),
  ])
  const whole = outcome([bytes])
  expect(whole.events.map((event) => event.type)).toEqual([
    'connect-requested',
    'connect',
    'publish-requested',
    'video',
    'audio',
    'video',
    'ignored',
    'video',
    'publish-finished',
  ])
  fc.assert(
    fc.property(cuts, (places) => {
      expect(outcome(cutAt(bytes, places))).toEqual(whole)
    }),
    runs(200),
  )
})

it('turns arbitrary bytes into events or a declared error', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4_000, size: 'max' }),
      fc.boolean(),
      cuts,
      (noise, isShaken, places) => {
        const bytes = isShaken ? concatBytes([clientHandshake(), noise]) : noise
        expect(outcome(cutAt(bytes, places)).code).toBe(outcome([bytes]).code)
      },
    ),
    runs(200),
  )
})

it('turns arbitrary messages into events or a declared error', () => {
  const message = fc.record({
    chunkStreamId: fc.constantFrom(2, 3, 4),
    typeId: fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22, 99),
    messageStreamId: fc.constantFrom(0, 1),
    timestamp: fc.nat(0xffffffff),
    // The second kind leans on AMF's markers.
    payload: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ max: 0x12, maxLength: 100 })),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 10 }), cuts, (messages, places) => {
      const client = new TestClient()
      const opening = concatBytes([client.opening(), client.publish('key')])
      const bytes = concatBytes([opening, ...messages.map((one) => writeChunks(one, 128))])
      const whole = outcome([bytes])
      const cut = outcome(cutAt(bytes, places))
      expect({ events: cut.events, code: cut.code }).toEqual({ events: whole.events, code: whole.code })
    }),
    runs(300),
  )
})

it('turns a damaged session into events or a declared error', () => {
  const client = new TestClient()
  const intact = concatBytes([
    client.opening(),
    client.publish('key'),
    client.media('video', 0, new Uint8Array(300).fill(1)),
    client.call('FCUnpublish', 0, null, 'key'),
  ])
  fc.assert(
    fc.property(fc.nat(intact.length - 1), fc.nat(255), cuts, (at, value, places) => {
      const bytes = Uint8Array.from(intact)
      bytes[at] = value
      expect(outcome(cutAt(bytes, places)).code).toBe(outcome([bytes]).code)
    }),
    runs(300),
  )
})
