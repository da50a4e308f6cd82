import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RelayRequest, readRelayTarget, relayTarget } from './relay-request.ts'

const text = fc.string({ maxLength: 200, unit: 'grapheme' })
const request: fc.Arbitrary<RelayRequest> = fc.record({
  stream: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  remoteAddress: text,
  client: fc.option(text, { nil: undefined }),
  user: fc.option(text, { nil: undefined }),
  canReconnect: fc.boolean(),
})

describe('what an ingest says of a publisher that it passes on', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(request, (one) => {
        expect(readRelayTarget(relayTarget(one))).toEqual({ ...one, client: one.client?.slice(0, 256) })
      }),
    )
  })

  it('fits into the first line of a request', () => {
    const wordy = {
      stream: 'demo',
      remoteAddress: '::1',
      user: 'u',
      canReconnect: true,
      client: '€'.repeat(9999),
    }
    expect(relayTarget(wordy).length).toBeLessThan(4096)
  })

  it.each([
    '/',
    '/relay/',
    '/relay/demo',
    '/relay/demo?',
    '/relay/DEMO?remote=x',
    '/relay/a/b?remote=x',
    '/feed/demo?remote=x',
  ])('is not %j', (target) => {
    expect(readRelayTarget(target)).toBeUndefined()
  })
})
