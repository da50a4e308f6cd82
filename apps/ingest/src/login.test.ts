import { createHash } from 'node:crypto'
import { AVC_CONFIGURATION, avcFrame, type RtmpTestClient, waitFor } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeStreamWithUser, setUser } from './testing/login.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const ALICE = { user: 'alice', password: 'correct-horse' }
const KEYED = { SLUICE_PUBLISH_AUTH: 'key', SLUICE_RECONNECT_SECONDS: '0' }

const md5 = (text: string, encoding: 'base64' | 'hex'): string =>
  createHash('md5').update(text).digest(encoding)

/** Connects to `app`. @returns the description of the refusal, undefined where it was let in, and its client. */
async function connect(
  ingest: TestIngest,
  app: string,
): Promise<{ description: string | undefined; client: RtmpTestClient }> {
  const client = ingest.client()
  client.open(app)
  await client.waitFor(() => client.connected || client.refusal || undefined, 'an answer to connect')
  if (client.refusal === undefined) return { description: undefined, client }
  await client.untilClosed()
  expect(client.refusal.code).toBe('NetConnection.Connect.Rejected')
  return { description: client.refusal.description, client }
}

/** Names the user and reads the challenge. */
async function challenge(
  ingest: TestIngest,
  method: 'adobe' | 'llnw',
  user: string,
): Promise<URLSearchParams> {
  const { description = '' } = await connect(ingest, `login?authmod=${method}&user=${user}`)
  expect(description).toContain(`[ authmod=${method} ] : ?reason=needauth&user=${user}&`)
  return new URLSearchParams(description.slice(description.indexOf('?')))
}

/** The query that answers a challenge, as clients write it. */
function adobeAnswer(asked: URLSearchParams, { user, password }: typeof ALICE): string {
  const [salt, opaque] = [asked.get('salt') ?? '', asked.get('opaque') ?? '']
  const secret = md5(`${user}${salt}${password}`, 'base64')
  const response = md5(`${secret}${opaque}0badcafe`, 'base64')
  return `authmod=adobe&user=${user}&challenge=0badcafe&response=${response}&opaque=${opaque}`
}

function llnwAnswer(asked: URLSearchParams, { user, password }: typeof ALICE, uri: string): string {
  const nonce = asked.get('nonce') ?? ''
  const [one, two] = [md5(`${user}:live:${password}`, 'hex'), md5(`publish:${uri}`, 'hex')]
  const response = md5(`${one}:${nonce}:00000001:0badcafe:auth:${two}`, 'hex')
  return `authmod=llnw&user=${user}&nonce=${nonce}&cnonce=0badcafe&nc=00000001&response=${response}`
}

const logIn = async (ingest: TestIngest, who: typeof ALICE, app = 'login') =>
  connect(ingest, `${app}?${adobeAnswer(await challenge(ingest, 'adobe', who.user), who)}`)

describe('a login', () => {
  let ingest: TestIngest
  let key: string

  beforeAll(async () => {
    ingest = await startTestIngest({ env: KEYED })
    key = await makeStreamWithUser(ingest.cluster, 'studio', ALICE)
  })
  afterAll(() => ingest.stop())
  afterEach(() => waitFor(() => ingest.hub.size === 0, { what: 'the end of the publish' }))

  it('is asked for, challenged, and lets its user publish the stream', async () => {
    expect((await connect(ingest, 'login')).description).toBe(
      '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ',
    )
    const { description, client } = await logIn(ingest, ALICE)
    expect(description).toBeUndefined()
    client.publish('studio')
    await client.waitFor(() => client.statuses[0], 'an answer to publish')
    expect(client.statuses).toMatchObject([{ code: 'NetStream.Publish.Start' }])
    client.media('video', 0, AVC_CONFIGURATION)
    client.media('video', 0, avcFrame(true))
    await waitFor(() => ingest.hub.find('studio')?.stream.totals.videoFrames === 1, { what: 'a frame' })
    client.destroy()
    expect(ingest.codes()).toEqual([])
  })

  it.each([
    { app: 'login', uri: '/login/_definst_' },
    { app: 'login/one', uri: '/login/one' },
  ])('after Limelight does too, for the application $app', async ({ app, uri }) => {
    const asked = await challenge(ingest, 'llnw', 'alice')
    const { description, client } = await connect(ingest, `${app}?${llnwAnswer(asked, ALICE, uri)}`)
    expect(description).toBeUndefined()
    client.destroy()
  })

  it('leaves keys and signed names in force, wherever nobody is asked', async () => {
    const expires = Math.floor(Date.now() / 1000) + 60
    const signed = await ingest.cluster.streams.signName({ stream: 'studio', expires, address: undefined })
    for (const [name, app] of [
      [key, 'live'],
      [signed ?? '', 'live'],
      [key, 'live?authmod=adobe&user=alice&challenge=1&response=2&opaque=3'],
      [key, 'logins'],
    ] as const) {
      const client = ingest.client()
      expect(await client.publishTo(name, app)).toMatchObject({ code: 'NetStream.Publish.Start' })
      client.destroy()
      await waitFor(() => ingest.hub.size === 0, { what: 'the end of the publish' })
    }
  })

  it('is no key: where nobody is asked, the name of the stream lets nobody in', async () => {
    const client = ingest.client()
    expect(await client.publishTo('studio', 'live?authmod=adobe&user=alice')).toMatchObject({
      code: 'NetStream.Publish.BadName',
    })
  })

  it('is for its own stream', async () => {
    await makeStreamWithUser(ingest.cluster, 'theirs', { user: 'bob', password: 'battery-staple' })
    const before = ingest.codes().length
    const { client } = await logIn(ingest, ALICE)
    client.publish('theirs')
    const status = await client.waitFor(() => client.statuses[0], 'an answer to publish')
    expect(status).toMatchObject({
      code: 'NetStream.Publish.BadName',
      description: 'the user alice publishes the stream studio, and this is another name',
    })
    expect(ingest.codes().slice(before)).toEqual(['ingest.publish.wrong_stream'])
  })

  it('is worth nothing when the password was changed before the publish', async () => {
    await makeStreamWithUser(ingest.cluster, 'changed', { user: 'carol', password: 'battery-staple' })
    const { client } = await logIn(ingest, { user: 'carol', password: 'battery-staple' })
    await setUser(ingest.cluster, 'changed', { user: 'carol', password: 'battery-staple' })
    const before = ingest.codes().length
    client.publish('changed')
    await client.untilClosed()
    expect(ingest.codes().slice(before)).toEqual(['ingest.publish.login_changed'])
  })

  it('asks about users that are not there as about others, and always the same', async () => {
    const nobody = [await challenge(ingest, 'adobe', 'nobody'), await challenge(ingest, 'adobe', 'nobody')]
    const alice = await challenge(ingest, 'adobe', 'alice')
    expect(nobody[0]?.get('salt')).toBe(nobody[1]?.get('salt'))
    expect(nobody[0]?.get('opaque')).not.toBe(nobody[1]?.get('opaque'))
    expect([...(nobody[0]?.keys() ?? [])]).toEqual([...alice.keys()])
    expect(nobody[0]?.get('salt')).toHaveLength(alice.get('salt')?.length ?? 0)
  })

  const answered = async (answer: string) => {
    const before = ingest.codes().length
    const { description } = await connect(ingest, `login?${answer}`)
    return { description, codes: ingest.codes().slice(before) }
  }
  const failed = '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed'

  it.each([
    ['a wrong password', { user: 'alice', password: 'wrong-horse' }],
    ['an unknown user', { user: 'nobody', password: 'correct-horse' }],
  ])('is refused with %s', async (_, who) => {
    const answer = adobeAnswer(await challenge(ingest, 'adobe', who.user), who)
    expect(await answered(answer)).toEqual({ description: failed, codes: ['ingest.login.failed'] })
  })

  it('is refused when it is repeated, also where the first one came to nothing', async () => {
    const answer = adobeAnswer(await challenge(ingest, 'adobe', 'alice'), ALICE)
    const first = await connect(ingest, `login?${answer}`)
    expect(first.description).toBeUndefined()
    first.client.destroy()
    expect(await answered(answer)).toEqual({ description: failed, codes: ['ingest.login.replayed'] })
  })

  it('is refused with a challenge of another user, or of nobody', async () => {
    const bobs = await challenge(ingest, 'adobe', 'bob')
    const alices = await challenge(ingest, 'adobe', 'alice')
    bobs.set('salt', alices.get('salt') ?? '')
    expect(await answered(adobeAnswer(bobs, ALICE))).toEqual({
      description: failed,
      codes: ['ingest.login.bad_challenge'],
    })
    alices.set('opaque', 'A'.repeat(32))
    expect((await answered(adobeAnswer(alices, ALICE))).codes).toEqual(['ingest.login.bad_challenge'])
  })

  it.each([
    ['authmod=adobe&user=', 'adobe'],
    ['authmod=llnw&user=a%20b', 'llnw'],
    [`authmod=adobe&user=${'u'.repeat(50)}`, 'adobe'],
  ])('is refused at once where no user can have the name: %s', async (query, method) => {
    expect(await answered(query)).toEqual({
      description: `[ AccessManager.Reject ] : [ authmod=${method} ] : ?reason=nosuchuser`,
      codes: ['ingest.login.bad_user'],
    })
  })

  it.each([
    '&&&===',
    'authmod=%61dobe&user=alice',
    'authmod=adobe;user=alice',
    `authmod=${'x'.repeat(5_000)}`,
    'authmod&user&response&opaque&challenge',
  ])('is asked for again after %s', async (query) => {
    expect(await answered(query)).toEqual({
      description: '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ',
      codes: [],
    })
  })

  it('holds up nobody, and is refused without blame, while Redis is away', async () => {
    const alone = await startTestIngest({
      env: { ...KEYED, SLUICE_LIMITS_REFUSED_PUBLISHES_PER_ADDRESS: '1' },
    })
    try {
      await alone.redis.kill()
      for (let i = 0; i < 2; i++)
        expect((await connect(alone, 'login?authmod=adobe&user=alice')).description).toBe(
          'the server cannot check users and passwords now; try again',
        )
      expect(alone.codes()).toContain('ingest.login.unavailable')
      expect((await connect(alone, 'live')).description).toBeUndefined()
    } finally {
      await alone.stop()
    }
  })
})

describe('an ingest', () => {
  let ingest: TestIngest
  afterEach(() => ingest.stop())

  it('asks nobody where publishing is open', async () => {
    ingest = await startTestIngest()
    for (const app of ['login', 'login?authmod=adobe&user=alice', 'live?authmod=llnw&user=x&response=y']) {
      const client = ingest.client()
      expect(await client.publishTo('anything', app)).toMatchObject({ code: 'NetStream.Publish.Start' })
      client.destroy()
      await waitFor(() => ingest.hub.find('anything')?.state !== 'live', { what: 'the end of the publish' })
    }
  })

  it('asks at the application that it was told, in the way that it was told', async () => {
    ingest = await startTestIngest({
      env: { ...KEYED, SLUICE_PUBLISH_LOGIN_APP: 'live', SLUICE_PUBLISH_LOGIN_METHOD: 'llnw' },
    })
    expect((await connect(ingest, 'live')).description).toBe(
      '[ AccessManager.Reject ] : [ code=403 need auth; authmod=llnw ] : ',
    )
    expect((await connect(ingest, 'login')).description).toBeUndefined()
  })

  it('knows challenges that another one gave', async () => {
    ingest = await startTestIngest({ env: KEYED })
    await makeStreamWithUser(ingest.cluster, 'studio', ALICE)
    const second = await startTestIngest({ env: KEYED, redis: ingest.redis })
    try {
      const answer = adobeAnswer(await challenge(second, 'adobe', 'alice'), ALICE)
      expect((await connect(ingest, `login?${answer}`)).description).toBeUndefined()
      expect((await connect(second, `login?${answer}`)).description).toContain('?reason=authfailed')
      expect(second.codes()).toEqual(['ingest.login.replayed'])
    } finally {
      await second.stop()
    }
  })
})

describe('an address that logs in', () => {
  let ingest: TestIngest

  beforeEach(async () => {
    ingest = await startTestIngest({
      env: { ...KEYED, SLUICE_LIMITS_REFUSED_PUBLISHES_PER_ADDRESS: '2' },
    })
    await makeStreamWithUser(ingest.cluster, 'studio', ALICE)
  })
  afterEach(() => ingest.stop())

  it('is not blamed for being asked and challenged', async () => {
    for (let i = 0; i < 4; i++) {
      await connect(ingest, 'login')
      const { description, client } = await logIn(ingest, ALICE)
      expect(description).toBeUndefined()
      client.destroy()
    }
    expect(ingest.codes()).toEqual([])
  })

  it('is not listened to after too many wrong passwords', async () => {
    const early = await challenge(ingest, 'adobe', 'alice')
    const waiting = ingest.client()
    await waitFor(() => waiting.socket.readyState === 'open', { what: 'a connection' })
    for (let i = 0; i < 2; i++) await logIn(ingest, { user: 'alice', password: `wrong-horse-${i}` })
    waiting.open(`login?${adobeAnswer(early, ALICE)}`)
    await waiting.untilClosed()
    expect(ingest.codes()).toEqual([
      'ingest.login.failed',
      'ingest.login.failed',
      'ingest.address.too_many_refusals',
    ])
  })
})
