import { expect, it } from 'vitest'
import type { ProbeResult } from './probe.ts'
import { StallWatch } from './stall-watch.ts'

const live = (revision: string): ProbeResult => ({ type: 'live', revision })

it('waits while nothing new is listed', () => {
  const watch = new StallWatch()
  for (let look = 0; look < 5; look++) expect(watch.observe(live('a'))).toBe('wait')
  expect(watch.observe({ type: 'unreachable' })).toBe('wait')
})

it('rebuilds when news was listed for two looks', () => {
  const watch = new StallWatch()
  expect([live('a'), live('b'), live('c')].map((result) => watch.observe(result))).toEqual([
    'wait',
    'wait',
    'rebuild',
  ])
})

it('knows the end', () => {
  expect(new StallWatch().observe({ type: 'ended' })).toBe('ended')
  expect(new StallWatch().observe({ type: 'absent' })).toBe('ended')
})
