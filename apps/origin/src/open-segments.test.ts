import { type IncomingMessage, request } from 'node:http'
import { waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIO, SOURCE, TestBroadcast } from './testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from './testing/test-origin.ts'

let origin: TestOrigin

beforeAll(async () => {
  origin = await startTestOrigin({ recheckMillis: 20, missingMillis: 20, segmentHoldMillis: 500 })
})

afterAll(() => origin.stop())

/** What has come of an answer so far. */
class Followed {
  readonly answer: IncomingMessage
  body: Buffer = Buffer.alloc(0)
  end: 'none' | 'complete' | 'broken' = 'none'

  constructor(answer: IncomingMessage) {
    this.answer = answer
    answer.on('data', (chunk: Buffer) => {
      this.body = Buffer.concat([this.body, chunk])
    })
    answer.on('end', () => {
      this.end = 'complete'
    })
    answer.on('error', () => {
      this.end = 'broken'
    })
  }

  waitForBytes(bytes: Uint8Array): Promise<unknown> {
    return waitFor(() => this.body.equals(bytes), { what: `${bytes.length} bytes`, interval: 5 })
  }

  waitForEnd(end: 'complete' | 'broken'): Promise<unknown> {
    return waitFor(() => this.end === end, { what: `an answer that is ${end}`, interval: 5 })
  }
}

function follow(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Followed> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: origin.port, path, headers, method, agent: false },
      (answer) => resolve(new Followed(answer)),
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** A stream with one complete segment, and one of which there are two parts. */
async function onAir(
  stream: string,
): Promise<{ broadcast: TestBroadcast; path: (segment: number) => string }> {
  const broadcast = await TestBroadcast.begin(origin, stream, [SOURCE, AUDIO])
  for (const rendition of [SOURCE, AUDIO]) await broadcast.configure(rendition)
  await broadcast.segment(0, SOURCE, AUDIO)
  await broadcast.parts(SOURCE, 1, 0, 2)
  return { broadcast, path: (segment) => `/live/${stream}/source/${broadcast.segmentName(segment)}` }
}

function partsOf(broadcast: TestBroadcast, segment: number, parts: number): Buffer {
  return Buffer.concat(Array.from({ length: parts }, (_, part) => broadcast.bytes(SOURCE, segment, part)))
}

describe('a segment that is being made', () => {
  test('is sent part by part, and afterwards as a whole', async () => {
    const { broadcast, path } = await onAir('growing')
    // This origin reads what it was not there for.
    const viewer = await follow(path(1))
    expect(viewer.answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'transfer-encoding': 'chunked',
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${broadcast.segmentName(1)}"`,
    })
    await viewer.waitForBytes(partsOf(broadcast, 1, 2))
    await broadcast.parts(SOURCE, 1, 2, 3)
    await viewer.waitForBytes(partsOf(broadcast, 1, 3))
    await broadcast.parts(SOURCE, 1, 3, 4)
    await broadcast.close(SOURCE, 1)
    await viewer.waitForEnd('complete')
    expect(viewer.body.equals(broadcast.segmentBytes(SOURCE, 1))).toBe(true)
    const whole = await follow(path(1))
    await whole.waitForEnd('complete')
    expect(whole.answer.headers['content-length']).toBe(String(viewer.body.length))
    expect(whole.body.equals(viewer.body)).toBe(true)
  })

  test('ignores ranges, has no length for HEAD, and 304 for who has it', async () => {
    const { broadcast, path } = await onAir('open-ranges')
    for (const range of ['bytes=0-9', 'bytes=10-', 'bytes=99999999-', 'bytes=-5']) {
      const viewer = await follow(path(1), { range })
      expect([range, viewer.answer.statusCode, viewer.answer.headers['content-range']]).toEqual([
        range,
        200,
        undefined,
      ])
      await viewer.waitForBytes(partsOf(broadcast, 1, 2))
      viewer.answer.destroy()
    }
    const head = await follow(path(1), {}, 'HEAD')
    await head.waitForEnd('complete')
    expect([head.answer.statusCode, head.answer.headers['content-length']]).toEqual([200, undefined])
    const known = await follow(path(1), { 'if-none-match': `"${broadcast.segmentName(1)}"` })
    expect(known.answer.statusCode).toBe(304)
  })

  test('breaks off when the broadcast ends first', async () => {
    const { broadcast, path } = await onAir('broken-off')
    const viewer = await follow(path(1))
    await viewer.waitForBytes(partsOf(broadcast, 1, 2))
    await broadcast.end()
    await viewer.waitForEnd('broken')
    expect((await follow(path(1))).answer.statusCode).toBe(404)
  })
})

describe('a segment that comes next', () => {
  test('is held until it begins', async () => {
    const { broadcast, path } = await onAir('next')
    const held = follow(path(2))
    const further = follow(path(3))
    await broadcast.parts(SOURCE, 1, 2, 4)
    await broadcast.close(SOURCE, 1)
    await broadcast.parts(SOURCE, 2, 0, 1)
    const viewer = await held
    await viewer.waitForBytes(partsOf(broadcast, 2, 1))
    await broadcast.parts(SOURCE, 2, 1, 4)
    await broadcast.close(SOURCE, 2)
    await viewer.waitForEnd('complete')
    await broadcast.parts(SOURCE, 3, 0, 1)
    await (await further).waitForBytes(partsOf(broadcast, 3, 1))
  })

  test('is not there when it does not begin', async () => {
    const { path } = await onAir('never')
    const late = await follow(path(2))
    expect([late.answer.statusCode, late.answer.headers['cache-control']]).toEqual([404, 'public, max-age=1'])
    expect((await follow(path(4))).answer.statusCode).toBe(404)
  })

  test('is empty as soon as its number has gone to media that needs another init segment', async () => {
    const { broadcast, path } = await onAir('reconfigured')
    const foretold = path(2)
    const held = follow(foretold)
    await broadcast.parts(SOURCE, 1, 2, 4)
    await broadcast.close(SOURCE, 1)
    broadcast.initVersion = 1
    await broadcast.configure(SOURCE)
    await broadcast.parts(SOURCE, 2, 0, 1)
    const empty = Buffer.from('\0\0\0\x18stypmsdh\0\0\0\0msdhlmsg', 'latin1')
    for (const answer of [await held, await follow(foretold)]) {
      await answer.waitForBytes(empty)
      await answer.waitForEnd('complete')
      expect(answer.answer.headers['content-length']).toBe('24')
    }
    expect(path(2)).not.toBe(foretold)
    await (await follow(path(2))).waitForBytes(partsOf(broadcast, 2, 1))
    // The manifest that foretold most had three to come.
    const further = [4, 5].map((segment) => foretold.replace('.2.m4s', `.${segment}.m4s`))
    const statuses = further.map(async (name) => (await follow(name)).answer.statusCode)
    expect(await Promise.all(statuses)).toEqual([200, 404])
  })

  test('is empty when a worker that took over makes it anew under another name', async () => {
    const { broadcast, path } = await onAir('taken-over')
    const begun = path(1)
    broadcast.epoch = 2
    await broadcast.configure(SOURCE)
    await broadcast.parts(SOURCE, 1, 0, 1)
    expect(path(1)).not.toBe(begun)
    await (await follow(begun)).waitForEnd('complete')
    await (await follow(path(1))).waitForBytes(partsOf(broadcast, 1, 1))
    const complete = begun.replace('.1.m4s', '.0.m4s')
    await (await follow(complete)).waitForBytes(broadcast.segmentBytes(SOURCE, 0))
  })

  test('is not there as soon as the broadcast has ended', async () => {
    const { broadcast, path } = await onAir('ended')
    const open = await follow(path(1))
    const held = follow(path(2))
    await broadcast.end()
    await open.waitForEnd('broken')
    expect((await held).answer.statusCode).toBe(404)
  })
})
