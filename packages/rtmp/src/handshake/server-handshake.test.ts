import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { ProtocolError, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { piecesOf } from '../testing/bytes.ts'
import { clientHandshake, fixedBytes } from '../testing/client.ts'
import { thrown } from '../testing/errors.ts'
import { type DigestLayout, findPlayerDigest, HANDSHAKE_SIZE } from './digest.ts'
import { ServerHandshake } from './server-handshake.ts'

const PLAYER_KEY = 'Genuine Adobe Flash Player 001'
const SERVER_KEY = 'Genuine Adobe Flash Media Server 001'
const SALT = 'f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae'

/** The digest of a block in a layout, computed apart from the code under test. */
function digest(block: Uint8Array, layout: DigestLayout, key: string): { place: number; value: string } {
  const base = layout === 0 ? 8 : 772
  const sum = [0, 1, 2, 3].reduce((total, i) => total + (block[base + i] ?? 0), 0)
  const place = base + 4 + (sum % 728)
  const rest = Buffer.concat([block.subarray(0, place), block.subarray(place + 32)])
  return { place, value: createHmac('sha256', key).update(rest).digest('hex') }
}

/** C1 of a digest client; `fill` moves the digest's place. */
function digestC1(layout: DigestLayout, fill: number): Buffer {
  const c1 = Buffer.alloc(HANDSHAKE_SIZE, fill)
  c1.set([0, 0, 0, 0, 9, 0, 124, 2])
  const { place, value } = digest(c1, layout, PLAYER_KEY)
  c1.write(value, place, 'hex')
  return c1
}

function replyTo(c1: Uint8Array): Uint8Array {
  const handshake = new ServerHandshake(fixedBytes)
  handshake.receive(Buffer.concat([Uint8Array.of(3), c1]))
  return handshake.takeReply() ?? new Uint8Array(0)
}

describe('simple handshake', () => {
  it('echoes C1 and keeps version 0', () => {
    const c1 = clientHandshake().subarray(1, 1 + HANDSHAKE_SIZE)
    const reply = replyTo(c1)
    expect(reply.length).toBe(1 + 2 * HANDSHAKE_SIZE)
    expect(reply[0]).toBe(3)
    expect([...reply.subarray(1, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    expect(Buffer.from(reply.subarray(1 + HANDSHAKE_SIZE))).toEqual(Buffer.from(c1))
  })

  it('is what a client with a version but without a digest gets', () => {
    const c1 = Buffer.alloc(HANDSHAKE_SIZE, 7)
    expect(Buffer.from(replyTo(c1).subarray(1 + HANDSHAKE_SIZE))).toEqual(c1)
  })
})

describe('digest handshake', () => {
  const cases = ([0, 1] as const).flatMap((layout) =>
    [0, 1, 100, 181, 182, 255].map((fill) => ({ layout, fill })),
  )

  it.each(cases)('answers layout $layout in the same layout (fill $fill)', ({ layout, fill }) => {
    const c1 = digestC1(layout, fill)
    expect(findPlayerDigest(c1)?.layout).toBe(layout)
    const reply = replyTo(c1)
    const s1 = reply.subarray(1, 1 + HANDSHAKE_SIZE)
    const s2 = Buffer.from(reply.subarray(1 + HANDSHAKE_SIZE))
    const own = digest(s1, layout, SERVER_KEY)
    expect(Buffer.from(s1.subarray(own.place, own.place + 32)).toString('hex')).toBe(own.value)
    expect(s1[4]).toBeGreaterThanOrEqual(3)
    const player = digest(c1, layout, PLAYER_KEY)
    const longKey = Buffer.concat([Buffer.from(SERVER_KEY), Buffer.from(SALT, 'hex')])
    const key = createHmac('sha256', longKey).update(player.value, 'hex').digest()
    expect(s2.subarray(1504).toString('hex')).toBe(
      createHmac('sha256', key).update(s2.subarray(0, 1504)).digest('hex'),
    )
  })

  it('finds layout 0 in what ffmpeg sends', () => {
    const capture = readFileSync(new URL('../../fixtures/ffmpeg-5.1-avc-aac.c2s', import.meta.url))
    expect(findPlayerDigest(capture.subarray(1, 1 + HANDSHAKE_SIZE))?.layout).toBe(0)
  })

  it('finds layout 1 in what librtmp sends with RTMPE', ({ skip }) => {
    const file = new URL('../../../../../shared/captures/tunnel-rtmpsink-rtmpe.c2s', import.meta.url)
    if (!existsSync(file)) return skip(`${file.pathname} is absent`)
    expect(findPlayerDigest(readFileSync(file).subarray(1, 1 + HANDSHAKE_SIZE))?.layout).toBe(1)
  })
})

describe('bytes', () => {
  const stream = Buffer.concat([clientHandshake(), Buffer.from('chunks')])

  it.each([1, 7, 1536, 1537, 3073, 3074, 4000])('come in pieces of %i', (size) => {
    const handshake = new ServerHandshake(fixedBytes)
    let used = 0
    let received = 0
    const replies: number[] = []
    for (const piece of piecesOf(stream, size)) {
      if (handshake.done) break
      used += handshake.receive(piece)
      received += piece.length
      if (handshake.takeReply() !== undefined) replies.push(received)
    }
    expect(handshake.done).toBe(true)
    expect(used).toBe(1 + 2 * HANDSHAKE_SIZE)
    expect(replies).toEqual([Math.min(stream.length, Math.ceil(1537 / size) * size)])
  })

  it('may be none', () => {
    const handshake = new ServerHandshake(fixedBytes)
    expect(handshake.receive(new Uint8Array(0))).toBe(0)
    expect(handshake.receive(stream)).toBe(3073)
    expect(handshake.receive(new Uint8Array(0))).toBe(0)
  })

  it('of a C2 that is no echo are taken', () => {
    const handshake = new ServerHandshake(fixedBytes)
    handshake.receive(Buffer.concat([stream.subarray(0, 1537), Buffer.alloc(1536)]))
    expect(handshake.done).toBe(true)
  })

  it.each([
    { first: 6, kind: UnsupportedError, code: 'rtmp.handshake.encrypted' },
    { first: 8, kind: UnsupportedError, code: 'rtmp.handshake.enciphered_proof' },
    { first: 9, kind: UnsupportedError, code: 'rtmp.handshake.enciphered_proof' },
    { first: 0x16, kind: ProtocolError, code: 'rtmp.handshake.tls' },
    { first: 0x47, kind: ProtocolError, code: 'rtmp.handshake.http' },
    { first: 0x50, kind: ProtocolError, code: 'rtmp.handshake.http' },
    { first: 0x20, kind: ProtocolError, code: 'rtmp.handshake.not_rtmp' },
    { first: 0xff, kind: ProtocolError, code: 'rtmp.handshake.not_rtmp' },
  ])('that begin with $first are refused at once', ({ first, kind, code }) => {
    const error = thrown(() => new ServerHandshake(fixedBytes).receive(Uint8Array.of(first)))
    expect(error).toBeInstanceOf(kind)
    expect(error).toHaveProperty('code', code)
  })

  it.each([0, 2, 4, 31])('of the reserved version %i are answered with version 3', (version) => {
    const handshake = new ServerHandshake(fixedBytes)
    handshake.receive(Buffer.concat([Uint8Array.of(version), stream.subarray(1, 1537)]))
    expect(handshake.takeReply()?.[0]).toBe(3)
  })
})
