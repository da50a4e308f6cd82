import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { concatBytes, ProtocolError, UnsupportedError } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicKeyOf, sharedSecret } from '../encryption/diffie-hellman.ts'
import { findPlayerDigest, HANDSHAKE_SIZE, publicKeyIn } from '../handshake/digest.ts'
import type { RandomBytes } from '../handshake/server-handshake.ts'
import { cutAt } from '../testing/bytes.ts'
import { feed, fixedBytes, newSession, ServerOutput, summary, TestClient } from '../testing/client.ts'
import { thrown } from '../testing/errors.ts'
import { runs } from '../testing/fast-check.ts'
import { MODULUS, placesOfLayout1, RtmpeClient } from '../testing/rtmpe-client.ts'
import type { ServerSession } from './server-session.ts'

const SERVER_KEY = 'Genuine Adobe Flash Media Server 001'
const REPLY_SIZE = 1 + 2 * HANDSHAKE_SIZE

const accepting = (randomBytes: RandomBytes = fixedBytes): ServerSession =>
  newSession({ randomBytes, encryption: 'accept' })

/** What a publisher says after the handshake. */
function chunks(): Uint8Array {
  const client = new TestClient()
  return concatBytes([
    client.connect(),
    client.call('createStream', 4, null),
    client.publish('key'),
    client.media('video', 0, new Uint8Array(3000).fill(1)),
    client.media('audio', 20, new Uint8Array(200).fill(2)),
    client.call('FCUnpublish', 0, null, 'key'),
  ])
}

describe('an encrypted session', () => {
  it('answers with its key in S1, signed, and speaks enciphered both ways', () => {
    const session = accepting()
    const client = new RtmpeClient()
    expect(feed(session, client.hello)).toEqual([])
    const reply = session.output()
    expect([reply.length, reply[0]]).toEqual([REPLY_SIZE, 6])
    const s1 = reply.subarray(1, 1 + HANDSHAKE_SIZE)
    const { publicKey, digest } = placesOfLayout1(s1)
    expect(s1.subarray(publicKey, publicKey + 128)).toEqual(publicKeyOf(fixedBytes(32)))
    const rest = Buffer.concat([s1.subarray(0, digest), s1.subarray(digest + 32)])
    expect(Buffer.from(s1.subarray(digest, digest + 32))).toEqual(
      createHmac('sha256', SERVER_KEY).update(rest).digest(),
    )

    const c2 = client.agree(reply)
    const speaker = new TestClient()
    expect(feed(session, concatBytes([c2, client.encrypt(speaker.connect())]))).toMatchObject([
      { type: 'connect', client: { app: 'live' } },
    ])
    const reader = new ServerOutput()
    reader.read(new Uint8Array(REPLY_SIZE))
    expect(reader.read(client.decrypt(session.output())).map(summary).at(-1)).toBe(
      '_result 1 NetConnection.Connect.Success',
    )
    feed(session, client.encrypt(speaker.call('createStream', 4, null)))
    expect(reader.read(client.decrypt(session.output())).map(summary)).toEqual(['_result 4 1'])
  })

  it('works where a public key or the secret begins with a zero byte', () => {
    const client = new RtmpeClient()
    const peer = publicKeyIn(client.hello.subarray(1), 1)
    const privateKeys = Array.from({ length: 2000 }, (_, i) =>
      new Uint8Array(32)
        .fill(7)
        .fill(i, 0, 1)
        .fill(i >> 8, 1, 2),
    )
    const cases = [
      privateKeys.find((key) => publicKeyOf(key)[0] === 0),
      privateKeys.find((key) => sharedSecret(key, peer)?.[0] === 0),
    ]
    for (const privateKey of cases) {
      const session = accepting((size) => (size === 32 && privateKey ? privateKey : fixedBytes(size)))
      feed(session, client.hello)
      const c2 = client.agree(session.output())
      expect(privateKey).toBeDefined()
      expect(feed(session, concatBytes([c2, client.encrypt(new TestClient().connect())]))).toHaveLength(1)
    }
  })

  it('says the same however the bytes are cut', () => {
    const client = new RtmpeClient()
    const first = accepting()
    feed(first, client.hello)
    const bytes = concatBytes([client.hello, client.agree(first.output()), client.encrypt(chunks())])
    const outcome = (pieces: Iterable<Uint8Array>) => {
      const session = accepting()
      const events = [...pieces].flatMap((piece) => {
        // The caller's buffer is overwritten as soon as the events are drained.
        const borrowed = Uint8Array.from(piece)
        const drained = feed(session, borrowed, (one) => one.acceptPublish())
        borrowed.fill(0xee)
        return drained
      })
      return { events, output: Buffer.from(session.output()).toString('hex') }
    }
    const whole = outcome([bytes])
    expect(whole.events.map((event) => event.type)).toEqual([
      'connect',
      'publish-requested',
      'video',
      'audio',
      'publish-finished',
    ])
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (places) => {
        expect(outcome(cutAt(bytes, places))).toEqual(whole)
      }),
      runs(100),
    )
  })

  it('takes pieces that came before the events were drained', () => {
    const client = new RtmpeClient()
    const session = accepting()
    feed(session, client.hello)
    const c2 = client.agree(session.output())
    const rest = client.encrypt(chunks())
    session.receive(c2.subarray(0, 1000))
    session.receive(concatBytes([c2.subarray(1000), rest.subarray(0, 5)]))
    session.receive(rest.subarray(5, 100))
    expect(feed(session, rest.subarray(100), (one) => one.acceptPublish())).toHaveLength(5)
  })

  it('turns arbitrary bytes behind the handshake into events or a declared error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000, size: 'max' }), (noise) => {
        const client = new RtmpeClient()
        const session = accepting()
        feed(session, client.hello)
        const error = thrown(() => feed(session, concatBytes([client.agree(session.output()), noise])))
        expect(
          error === undefined || error instanceof ProtocolError || error instanceof UnsupportedError,
        ).toBe(true)
      }),
      runs(50),
    )
  })
})

describe('a client that wants encryption', () => {
  it('is refused unless it is accepted', () => {
    const error = thrown(() => feed(newSession(), new RtmpeClient().hello))
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error).toHaveProperty('code', 'rtmp.handshake.encrypted')
  })

  it.each([8, 9])('is refused when it wants version %i', (version) => {
    const error = thrown(() => feed(accepting(), new RtmpeClient({ version }).hello))
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error).toHaveProperty('code', 'rtmp.handshake.enciphered_proof')
  })

  it('needs a digest', () => {
    const hello = new Uint8Array(1 + HANDSHAKE_SIZE).fill(6)
    expect(thrown(() => feed(accepting(), hello))).toMatchObject({ code: 'rtmp.handshake.no_digest' })
  })

  it.each([
    ['0', Uint8Array.of(0)],
    ['1', Uint8Array.of(1)],
    ['the modulus', MODULUS],
    ['all ones', new Uint8Array(128).fill(0xff)],
  ])('needs a public key, and %s is none', (_, publicKey) => {
    const error = thrown(() => feed(accepting(), new RtmpeClient({ publicKey }).hello))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toHaveProperty('code', 'rtmp.handshake.bad_public_key')
  })

  it('may be plain after all', () => {
    const client = new TestClient()
    expect(feed(accepting(), client.opening())).toMatchObject([{ type: 'connect' }])
  })

  it('is librtmp on record: digest and key are where they belong, and it is answered', ({ skip }) => {
    const file = new URL('../../../../../shared/captures/tunnel-rtmpsink-rtmpe.c2s', import.meta.url)
    if (!existsSync(file)) return skip(`${file.pathname} is absent`)
    const bytes = readFileSync(file)
    const c1 = bytes.subarray(1, 1 + HANDSHAKE_SIZE)
    expect(bytes[0]).toBe(6)
    expect(findPlayerDigest(c1)?.layout).toBe(1)
    const publicKey = Buffer.from(publicKeyIn(c1, 1))
    expect(publicKey.compare(MODULUS)).toBe(-1)
    expect(publicKey.subarray(0, 64).every((byte) => byte === 0)).toBe(false)
    const session = accepting()
    feed(session, bytes.subarray(0, 1 + HANDSHAKE_SIZE))
    expect(session.output()[0]).toBe(6)
  })
})
