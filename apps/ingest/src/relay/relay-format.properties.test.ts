import { dataPayload } from '@sluice/broadcast'
import { concatBytes, errorCode } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  OrderReader,
  type RelayedMessage,
  type RelayOrder,
  RelayReader,
  relayHeader,
  writeOrder,
  writeRelayed,
} from './relay-format.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}

const message: fc.Arbitrary<RelayedMessage> = fc.oneof(
  fc.record({
    type: fc.constantFrom('video' as const, 'audio' as const),
    // Around the places where 24, 31 and 32 bits end.
    timestamp: fc.oneof(
      fc.nat(1_000_000),
      fc.constantFrom(0, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff),
    ),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  fc
    .string({ maxLength: 40, unit: 'grapheme' })
    .map((encoder): RelayedMessage => ({ type: 'metadata', properties: [encoder, 320, null] })),
  fc
    .tuple(fc.nat(0xffffffff), fc.string({ maxLength: 40, unit: 'grapheme' }), fc.string({ maxLength: 40 }))
    .map(([timestamp, name, value]): RelayedMessage => {
      return { type: 'data', timestamp, name, payload: dataPayload(name, [value, null]) }
    }),
  fc.constant<RelayedMessage>({ type: 'goodbye' }),
)
const order: fc.Arbitrary<RelayOrder> = fc.record({
  type: fc.constantFrom('disconnect' as const, 'reconnect' as const),
  reason: fc.string({ maxLength: 200, unit: 'grapheme' }),
})

const written = (messages: readonly RelayedMessage[]): Uint8Array =>
  concatBytes([relayHeader(), ...messages.flatMap((each) => writeRelayed(each))])

/** Where to cut something of this length: ascending, its ends included. */
function places(cuts: readonly number[], length: number): number[] {
  const inner = cuts.map((cut) => cut % (length + 1))
  return [...new Set([0, ...inner, length])].toSorted((a, b) => a - b)
}

function read(bytes: Uint8Array, cuts: readonly number[] = []): RelayedMessage[] {
  const reader = new RelayReader()
  const at = places(cuts, bytes.length)
  return at.slice(1).flatMap((to, i) => reader.receive(bytes.slice(at[i], to)))
}

/** `read`, or the code of what was thrown. */
function outcome(bytes: Uint8Array): string {
  try {
    read(bytes)
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}

describe('what an ingest passes on of a publisher', () => {
  it('comes back as it went in, in any split', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.array(fc.nat()), (messages, cuts) => {
        expect(read(written(messages), cuts)).toEqual(messages)
      }),
      parameters,
    )
  })

  it('gives messages or a declared error where it is damaged', () => {
    const damaged = fc
      .tuple(fc.array(message, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([messages, at, change]) => {
        const bytes = written(messages)
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        expect(outcome(bytes)).toMatch(/^(read|(flv|amf|core)\..+)$/)
      }),
      parameters,
    )
  })
})

describe('what is wanted of a publisher', () => {
  it('comes back as it went in, in any split', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 10 }), fc.array(fc.nat()), (orders, cuts) => {
        const text = orders.map((each) => writeOrder(each)).join('')
        const reader = new OrderReader()
        const at = places(cuts, text.length)
        expect(at.slice(1).flatMap((to, i) => reader.receive(text.slice(at[i], to)))).toEqual(orders)
      }),
      parameters,
    )
  })

  it.each(['', '{}', 'null', '7', '{"type":"disconnect"}', '{"type":"stay","reason":""}', 'x'])(
    'is not %j',
    (line) => {
      expect(() => new OrderReader().receive(`${line}\n`)).toThrow(
        expect.objectContaining({ code: 'ingest.relay.bad_order' }),
      )
    },
  )

  it('has an end', () => {
    expect(() => new OrderReader().receive('{'.repeat(5000))).toThrow(
      expect.objectContaining({ code: 'ingest.relay.bad_order' }),
    )
  })
})
