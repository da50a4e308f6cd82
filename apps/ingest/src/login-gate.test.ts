import { createHash } from 'node:crypto'
import { type Cluster, connectCluster } from '@sluice/cluster'
import { startTestRedis, type TestRedis } from '@sluice/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Claimant, isSameLogin, LoginGate } from './login-gate.ts'
import { testLog } from './testing/log.ts'
import { makeStreamWithUser, setUser } from './testing/login.ts'

const clientOf = (query: string): Claimant => ({ app: 'login', sentApp: 'login', query })

describe('the login gate', () => {
  let redis: TestRedis
  let cluster: Cluster
  let now: number
  let gate: LoginGate

  beforeAll(async () => {
    redis = await startTestRedis()
    cluster = await connectCluster({ url: redis.url, log: testLog().log })
  })
  afterAll(async () => {
    await cluster.stop()
    await redis.stop()
  })
  beforeEach(async () => {
    await redis.flush()
    await makeStreamWithUser(cluster, 'studio', { user: 'alice', password: 'correct-horse' })
    now = 1_700_000_000_000
    gate = new LoginGate({ logins: cluster.logins, app: 'login', method: 'adobe', now: () => now })
  })

  /** The right answer to a challenge that is asked for now. */
  const answer = async (): Promise<string> => {
    const asked = await gate.answer(clientOf('authmod=adobe&user=alice'))
    if (asked.type !== 'asked') throw new Error(`not asked but ${asked.type}`)
    const parameters = new URLSearchParams(asked.description.slice(asked.description.indexOf('?')))
    const [salt, opaque] = [parameters.get('salt') ?? '', parameters.get('opaque') ?? '']
    const digest = (text: string): string => createHash('md5').update(text).digest('base64')
    const response = digest(`${digest(`alice${salt}correct-horse`)}${opaque}mine`)
    return `authmod=adobe&user=alice&challenge=mine&response=${response}&opaque=${opaque}`
  }
  const codeOf = async (query: string): Promise<string> => {
    const result = await gate.answer(clientOf(query))
    return result.type === 'refused' ? result.refusal.code : result.type
  }

  it('is at its application, in any instance of it, and nowhere else', () => {
    expect(['login', 'login/one', 'login/one/two'].map((app) => gate.isFor(app))).toEqual([true, true, true])
    expect(['', 'live', 'live/login', 'logins', 'Login'].some((app) => gate.isFor(app))).toBe(false)
  })

  it('takes an answer within a minute, once', async () => {
    const first = await answer()
    now += 59_000
    expect(await gate.answer(clientOf(first))).toEqual({
      type: 'accepted',
      login: { user: 'alice', stream: 'studio', salt: (await cluster.logins.find('alice'))?.secrets.salt },
    })
    expect(await codeOf(first)).toBe('ingest.login.replayed')
    const second = await answer()
    now += 60_000
    expect(await codeOf(second)).toBe('ingest.login.expired')
  })

  it('takes no answer to a challenge that a lost Redis has sealed', async () => {
    const query = await answer()
    await redis.flush()
    await makeStreamWithUser(cluster, 'studio', { user: 'alice', password: 'correct-horse' })
    expect(await codeOf(query)).toBe('ingest.login.bad_challenge')
  })

  it('tells a login that holds from one whose password was changed', async () => {
    const result = await gate.answer(clientOf(await answer()))
    if (result.type !== 'accepted') throw new Error(`not accepted but ${result.type}`)
    expect(isSameLogin(result.login, await cluster.logins.find('alice'))).toBe(true)
    await setUser(cluster, 'studio', { user: 'alice', password: 'correct-horse' })
    expect(isSameLogin(result.login, await cluster.logins.find('alice'))).toBe(false)
    expect(isSameLogin(result.login, undefined)).toBe(false)
  })

  it('lets nobody in for any other text', async () => {
    const parameter = fc.tuple(
      fc.constantFrom('authmod', 'user', 'challenge', 'response', 'opaque', 'nonce', 'cnonce', 'nc', 'x'),
      fc.oneof(fc.constantFrom('adobe', 'llnw', 'alice', '', '='), fc.string({ unit: 'binary' })),
    )
    const query = fc.array(parameter).map((parts) => parts.map((part) => part.join('=')).join('&'))
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        expect((await gate.answer(clientOf(text))).type).not.toBe('accepted')
      }),
    )
    const right = await answer()
    await fc.assert(
      fc.asyncProperty(fc.nat(right.length), fc.nat(3), fc.string(), async (place, gone, put) => {
        const changed = right.slice(0, place) + put + right.slice(place + gone)
        // What stands behind the last part changes nothing of it.
        fc.pre(!changed.startsWith(right))
        const isSame = ['user', 'challenge', 'response', 'opaque'].every(
          (name) => partOf(changed, name) === partOf(right, name),
        )
        fc.pre(!isSame)
        expect((await gate.answer(clientOf(changed))).type).not.toBe('accepted')
      }),
    )
  })
})

function partOf(query: string, name: string): string | undefined {
  return query
    .split('&')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}
