import { concatBytes } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { seeded } from '../testing/bytes.ts'
import { feed, newSession, ServerOutput, TestClient } from '../testing/client.ts'

/**
 * A publisher over a connection that splits, delays and resets, with a caller that takes its time to decide.
 * No clock: every step is chosen by the seed. What must hold after each step is checked there.
 */
function simulate(seed: number): { sent: number; received: number; outcome: string } {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const chance = (share: number): boolean => random() < share

  const client = new TestClient({ compress: chance(0.8), omitRepeatedTimestamp: chance(0.3) })
  const session = newSession({ windowSize: 1000 + below(50_000) })
  const output = new ServerOutput()
  const base = below(3) === 0 ? 2 ** 32 - 500 : below(2 ** 24)

  const sent: string[] = []
  const wire: Uint8Array[] = [client.opening(), client.publish('key')]
  if (chance(0.5)) wire.push(client.say({ type: 'set-chunk-size', size: 1 + below(10_000) }))
  for (let i = 0; i < 100; i++) {
    const type = chance(0.5) ? 'audio' : 'video'
    const payload = new Uint8Array(below(type === 'audio' ? 400 : 6000)).fill(i)
    const timestamp = (base + i * 20) % 2 ** 32
    sent.push(`${type} ${timestamp} ${payload.length} ${payload[0] ?? ''}`)
    wire.push(client.media(type, timestamp, payload))
    if (chance(0.05)) wire.push(client.say({ type: 'set-chunk-size', size: 1 + below(10_000) }))
    if (chance(0.05)) {
      wire.push(client.say({ type: 'user-control', event: { kind: 'ping-request', timestamp: i } }))
    }
  }
  wire.push(client.call('FCUnpublish', 0, null, 'key'))

  const bytes = concatBytes(wire)
  const resetAt = chance(0.3) ? below(bytes.length) : undefined
  const isRefused = chance(0.1)
  const received: string[] = []
  let waits = 0
  let acknowledged = 0
  let at = 0
  let outcome = 'open'

  const step = (piece: Uint8Array): void => {
    for (const event of feed(session, piece)) {
      if (event.type === 'publish-requested') waits = 1 + below(5)
      else if (event.type === 'audio' || event.type === 'video') {
        const { type, timestamp, payload } = event
        const line = `${type} ${timestamp} ${payload.length} ${payload[0] ?? ''}`
        received.push(waits === 0 ? line : `before the decision: ${line}`)
      } else if (event.type === 'publish-finished') outcome = 'finished'
      else if (event.type === 'closed') outcome = event.reason
    }
    expect(received).toEqual(sent.slice(0, received.length))
    for (const message of output.read(session.output())) {
      if (message.type !== 'acknowledgement') continue
      expect(message.sequenceNumber).toBeGreaterThan(acknowledged)
      expect(message.sequenceNumber).toBeLessThanOrEqual(at)
      acknowledged = message.sequenceNumber
    }
  }

  while (outcome === 'open' && (at < bytes.length || waits > 0)) {
    const end = Math.min(at + 1 + below(chance(0.2) ? 20 : 4000), bytes.length)
    const piece = Uint8Array.from(bytes.subarray(at, end))
    at = end
    if (resetAt !== undefined && at > resetAt) session.close('reset')
    step(piece)
    piece.fill(0xee)
    if (waits > 0 && session.state === 'publish-requested') {
      waits -= 1
      if (waits === 0) {
        if (isRefused) session.rejectPublish('NetStream.Publish.BadName', 'busy')
        else session.acceptPublish()
        step(new Uint8Array(0))
      }
    }
  }
  return { sent: sent.length, received: received.length, outcome }
}

describe('simulated publishers', () => {
  const seeds = Array.from({ length: Number(process.env.SIM_RUNS ?? 60) }, (_, i) => i + 1)

  it('lose nothing until they finish, are refused or are cut off', () => {
    const outcomes = new Set<string>()
    for (const seed of seeds) {
      const { sent, received, outcome } = simulate(seed)
      outcomes.add(outcome)
      const least = outcome === 'finished' ? sent : 0
      const most = outcome === 'NetStream.Publish.BadName' ? 0 : sent
      expect(received, `seed ${seed}`).toBeGreaterThanOrEqual(least)
      expect(received, `seed ${seed}`).toBeLessThanOrEqual(most)
    }
    expect([...outcomes].toSorted()).toEqual(['NetStream.Publish.BadName', 'finished', 'reset'])
  })

  it('repeat for the same seed', () => {
    expect(simulate(7)).toEqual(simulate(7))
  })
})
