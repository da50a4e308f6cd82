import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AddressLimits } from './address-limits.ts'

const ADDRESSES = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'] as const
const OWNERS: Readonly<Record<(typeof ADDRESSES)[number], string>> = {
  '192.0.2.1': 'a',
  '::ffff:192.0.2.1': 'a',
  '192.0.2.2': 'b',
  '2001:db8::1': 'c',
  '2001:db8::2': 'c',
}

const step = fc.record({
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 25_000 })),
  address: fc.constantFrom(...ADDRESSES),
  what: fc.constantFrom('connect', 'connect', 'leave', 'refused'),
})

it('whatever happens, in any order: no address has more than its due, and who asks for little gets it', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.record({
        connectionsPerAddress: fc.integer({ min: 1, max: 5 }),
        newConnectionsPerAddress: fc.integer({ min: 1, max: 8 }),
        refusedPublishesPerAddress: fc.integer({ min: 1, max: 4 }),
      }),
      (steps, rules) => {
        let now = 12_345
        const limits = new AddressLimits(rules, () => now)
        const open: string[] = []
        const connects: { owner: string; at: number }[] = []
        const refusals: { owner: string; at: number }[] = []
        const since = (events: typeof connects, owner: string, millis: number): number =>
          events.filter((each) => each.owner === owner && each.at > now - millis).length
        for (const { wait, address, what } of steps) {
          now += wait
          const owner = OWNERS[address]
          const held = open.filter((each) => OWNERS[each as keyof typeof OWNERS] === owner)
          if (what === 'leave') {
            const at = open.indexOf(address)
            if (at < 0) continue
            open.splice(at, 1)
            limits.leave(address)
          } else if (what === 'refused') {
            refusals.push({ owner, at: now })
            limits.publishRefused(address)
          } else {
            const refusal = limits.admit(address)
            const asked = {
              connections: held.length,
              connects: since(connects, owner, 60_000),
              refusals: since(refusals, owner, 60_000),
            }
            if (refusal === undefined) {
              expect(asked.connections).toBeLessThan(rules.connectionsPerAddress)
              expect(asked.connects).toBeLessThan(rules.newConnectionsPerAddress)
              expect(asked.refusals).toBeLessThan(rules.refusedPublishesPerAddress)
              open.push(address)
              connects.push({ owner, at: now })
            } else {
              // A refusal has its reason within the last 70 seconds.
              const reasons = [
                asked.connections >= rules.connectionsPerAddress,
                since(connects, owner, 70_001) >= rules.newConnectionsPerAddress,
                since(refusals, owner, 70_001) >= rules.refusedPublishesPerAddress,
              ]
              expect(reasons).toContain(true)
            }
          }
          expect(limits.size).toBeLessThanOrEqual(3)
        }
      },
    ),
  )
})
