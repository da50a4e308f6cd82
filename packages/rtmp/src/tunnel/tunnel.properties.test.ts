import { concatBytes } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../testing/fast-check.ts'
import { TunnelDriver } from '../testing/tunnel-client.ts'

it('gives the bytes in their order, whatever order the requests come in and however they are cut', () => {
  const body = fc.uint8Array({ minLength: 1, maxLength: 50 })
  const order = fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 8 }), order, fc.nat(49), (bodies, places, cut) => {
      const driver = new TunnelDriver()
      const id = driver.open()
      const received: Uint8Array[] = []
      const answered = new Set<number>()
      const drain = (): void => {
        for (const event of driver.tunnel.events())
          if (event.type === 'received') {
            received.push(Uint8Array.from(event.bytes))
            driver.tunnel.write(id, event.bytes.slice())
          } else if (event.type === 'answer') answered.add(event.exchange)
      }
      const shuffled = bodies
        .map((bytes, sequence) => ({ bytes, sequence, place: places[sequence] ?? 0 }))
        .toSorted((a, b) => a.place - b.place)
      for (const { bytes, sequence } of shuffled) {
        const exchange = driver.begin(`/send/${id}/${sequence}`)
        for (const piece of [bytes.slice(0, cut), bytes.slice(cut)]) {
          driver.tunnel.data(exchange, piece)
          drain()
          // The caller's buffer is overwritten as soon as the events are drained.
          piece.fill(0xee)
        }
        driver.tunnel.finish(exchange)
        drain()
      }
      expect(Buffer.from(concatBytes(received))).toEqual(Buffer.concat(bodies))
      expect(answered.size).toBe(bodies.length)
    }),
    runs(300),
  )
})

it('answers every request once, whatever a client does, and forgets it', () => {
  const act = fc.record({
    action: fc.constantFrom('open/1', 'send', 'send', 'idle', 'close', 'nonsense'),
    session: fc.constantFrom('id-1', 'id-2', 'id-9'),
    sequence: fc.nat(12),
    end: fc.constantFrom('finish', 'finish', 'abandon', 'never'),
    next: fc.constantFrom('nothing', 'nothing', 'pause', 'resume', 'end', 'drop', 'expire', 'write'),
    size: fc.nat(300),
  })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const limits = { heldBytes: 500, owedBytes: 500, sessions: 2, idleMillis: 1_000, gapMillis: 500 }
      const driver = new TunnelDriver(limits)
      const { tunnel } = driver
      const answers = new Map<number, number>()
      const drain = (): void => {
        for (const event of tunnel.events())
          if (event.type === 'answer') answers.set(event.exchange, (answers.get(event.exchange) ?? 0) + 1)
      }
      const abandoned = new Set<number>()
      let begun = 0
      for (const { action, session, sequence, end, next, size } of acts) {
        begun = driver.begin(action.includes('/') ? `/${action}` : `/${action}/${session}/${sequence}`)
        tunnel.data(begun, new Uint8Array(size))
        drain()
        if (end === 'finish') tunnel.finish(begun)
        if (end === 'abandon') {
          tunnel.abandon(begun)
          abandoned.add(begun)
        }
        if (next === 'pause' || next === 'resume' || next === 'end' || next === 'drop') tunnel[next](session)
        if (next === 'write') tunnel.write(session, new Uint8Array(size))
        if (next === 'expire') {
          driver.now += 400
          tunnel.expire(driver.now)
        }
        drain()
        expect(tunnel.size).toBeLessThanOrEqual(2)
      }
      for (const id of ['id-1', 'id-2']) tunnel.drop(id)
      for (let i = 3; i <= acts.length; i++) tunnel.drop(`id-${i}`)
      drain()
      expect(tunnel.size).toBe(0)
      for (let exchange = 1; exchange <= begun; exchange++) {
        const count = answers.get(exchange) ?? 0
        // Who hung up may have been answered before.
        expect(count === 1 || (count === 0 && abandoned.has(exchange))).toBe(true)
      }
    }),
    runs(300),
  )
})
