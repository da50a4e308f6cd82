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

const TOO_MANY = 'ingest.address.too_many_players'

const step = fc.record({
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 25_000 })),
  address: fc.constantFrom(...ADDRESSES),
  what: fc.constantFrom('connect', 'connect', 'play', 'stop', 'leave', 'refused'),
})

it('whatever happens, in any order: no address has more than its due, and who asks for little gets it', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.record({
        connectionsPerAddress: fc.integer({ min: 1, max: 5 }),
        playersPerAddress: fc.integer({ min: 1, max: 5 }),
        newConnectionsPerAddress: fc.integer({ min: 1, max: 8 }),
        refusedPublishesPerAddress: fc.integer({ min: 1, max: 4 }),
      }),
      (steps, rules) => {
        let now = 12_345
        const limits = new AddressLimits(rules, () => now)
        const open: string[] = []
        const playing: string[] = []
        const ownedBy = (owner: string, addresses: readonly string[]): number =>
          addresses.filter((each) => OWNERS[each as keyof typeof OWNERS] === owner).length
        const countOf = (address: string, addresses: readonly string[]): number =>
          addresses.filter((each) => each === address).length
        const stop = (address: string): void => {
          playing.splice(playing.indexOf(address), 1)
          limits.stopPlaying(address)
        }
        const answers: { answer: string; possible: string[] }[] = []
        const sizes: number[] = []
        const connects: { owner: string; at: number }[] = []
        const refusals: { owner: string; at: number }[] = []
        const since = (events: typeof connects, owner: string, millis: number): number =>
          events.filter((each) => each.owner === owner && each.at > now - millis).length
        for (const { wait, address, what } of steps) {
          now += wait
          const owner = OWNERS[address]
          const players = ownedBy(owner, playing)
          const publishers = ownedBy(owner, open) - players
          const plays = countOf(address, playing)
          if (what === 'leave') {
            const at = open.indexOf(address)
            if (at < 0) continue
            open.splice(at, 1)
            limits.leave(address)
            // A player's connection ends before it is known that it plays no more.
            if (plays > countOf(address, open)) stop(address)
          } else if (what === 'play') {
            if (plays === countOf(address, open)) continue
            const isFull = players >= rules.playersPerAddress
            const refusal = limits.startPlaying(address)
            answers.push({ answer: refusal?.code ?? 'plays', possible: [isFull ? TOO_MANY : 'plays'] })
            if (refusal === undefined) playing.push(address)
          } else if (what === 'stop') {
            if (plays > 0) stop(address)
          } else if (what === 'refused') {
            refusals.push({ owner, at: now })
            limits.publishRefused(address)
          } else {
            const refusal = limits.admit(address)
            const used = (millis: number): boolean =>
              publishers >= rules.connectionsPerAddress ||
              since(connects, owner, millis) >= rules.newConnectionsPerAddress ||
              since(refusals, owner, millis) >= rules.refusedPublishesPerAddress
            // What happened between 60 and 70 seconds ago may count.
            const possible = used(60_000)
              ? ['refused']
              : used(70_001)
                ? ['admitted', 'refused']
                : ['admitted']
            answers.push({ answer: refusal === undefined ? 'admitted' : 'refused', possible })
            if (refusal === undefined) {
              open.push(address)
              connects.push({ owner, at: now })
            }
          }
          sizes.push(limits.size)
        }
        expect(answers.filter(({ answer, possible }) => !possible.includes(answer))).toEqual([])
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(3)
      },
    ),
  )
})
