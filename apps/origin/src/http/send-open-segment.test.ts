import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { createLogger } from '@sluice/runtime'
import { waitFor } from '@sluice/testkit'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { OpenSegment } from '../live/open-segment.ts'
import { sendOpenSegment } from './send-open-segment.ts'
import { createServer } from './server.ts'

const NAME = 'b1.1.0.7.m4s'
const LABELS = { name: NAME, contentType: 'video/mp4' }
/** Far more than sockets hold. */
const LARGE = 8 * 1024 * 1024

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A segment whose part `n` is as many bytes of the value `n`. */
function segmentOf(sizes: readonly number[], slowMillis = 10_000) {
  const segment = new OpenSegment(
    NAME,
    async ({ offset, size }) => new Uint8Array(size).fill(offset === 0 ? 0 : 1),
    slowMillis,
  )
  const add = (size: number): void =>
    segment.add({ kind: 'part', name: `${NAME}#`, segment: NAME, offset: segment.size, size })
  for (const size of sizes) add(size)
  return { segment, add }
}

async function serve(segment: OpenSegment): Promise<number> {
  const app = createServer(createLogger({ log: { level: 'fatal', format: 'json' } }, 'test'))
  app.get('/', (sent, reply) => sendOpenSegment(sent, reply, segment, LABELS))
  closing.unshift(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

function ask(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false }, resolve)
    sent.on('error', reject)
    sent.end()
  })
}

/** Counts bytes, and notes how the answer ends. */
function follow(answer: IncomingMessage | ClientHttp2Stream) {
  const seen = { bytes: 0, end: 'none' as 'none' | 'complete' | 'broken' }
  answer.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length
  })
  answer.on('end', () => {
    seen.end = 'complete'
  })
  answer.on('error', () => {
    seen.end = 'broken'
  })
  return seen
}

async function http2Segment(segment: OpenSegment): Promise<ClientHttp2Stream> {
  // Types tell the two protocols' servers apart; routes do not.
  const app = Fastify({ http2: true, forceCloseConnections: true }) as unknown as FastifyInstance
  app.get('/', (sent, reply) => sendOpenSegment(sent, reply, segment, LABELS))
  closing.unshift(() => app.close())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const session: ClientHttp2Session = connect(address)
  closing.unshift(() => session.destroy())
  const stream = session.request({ ':path': '/' })
  await once(stream, 'response')
  return stream
}

test('every viewer gets what there is, then what comes, to the end', async () => {
  const { segment, add } = segmentOf([100])
  const port = await serve(segment)
  const first = follow(await ask(port))
  await waitFor(() => first.bytes === 100, { what: 'the first part', interval: 5 })
  add(50)
  const second = follow(await ask(port))
  await waitFor(() => first.bytes === 150 && second.bytes === 150, { what: 'two parts', interval: 5 })
  expect([first.end, second.end]).toEqual(['none', 'none'])
  segment.complete()
  await waitFor(() => first.end === 'complete' && second.end === 'complete', { what: 'the end', interval: 5 })
  expect(segment.readers).toBe(0)
})

test('an answer to a segment that will never be complete breaks off', async () => {
  const { segment } = segmentOf([100])
  const port = await serve(segment)
  const viewer = follow(await ask(port))
  await waitFor(() => viewer.bytes === 100, { what: 'the first part', interval: 5 })
  segment.abandon()
  await waitFor(() => viewer.end === 'broken', { what: 'a broken answer', interval: 5 })
  expect(segment.readers).toBe(0)
})

test('a part that the store has lost breaks the answer off, and is a 404 where it is the first', async () => {
  let lost = -1
  const segment = new OpenSegment(
    NAME,
    async ({ offset, size }) => (offset === lost ? undefined : new Uint8Array(size)),
    10_000,
  )
  segment.add({ kind: 'part', name: 'p0', segment: NAME, offset: 0, size: 10 })
  const port = await serve(segment)
  const viewer = follow(await ask(port))
  lost = 10
  segment.add({ kind: 'part', name: 'p1', segment: NAME, offset: 10, size: 10 })
  await waitFor(() => viewer.end === 'broken', { what: 'a broken answer', interval: 5 })
  lost = 0
  expect((await ask(port)).statusCode).toBe(404)
})

test.each(['open', 'complete'] as const)('a viewer who does not read is dropped: %s', async (state) => {
  const { segment, add } = segmentOf([LARGE, LARGE, LARGE], 50)
  const port = await serve(segment)
  const answer = await ask(port)
  expect(segment.readers).toBe(1)
  if (state === 'complete') segment.complete()
  await waitFor(
    () => {
      if (state === 'open') add(10)
      return segment.readers === 0
    },
    { what: 'the viewer to be dropped', interval: 5 },
  )
  const viewer = follow(answer)
  await waitFor(() => viewer.end === 'broken', { what: 'a broken answer', interval: 5 })
  expect(viewer.bytes).toBeLessThan(3 * LARGE)
})

test('a viewer who leaves is forgotten', async () => {
  const { segment } = segmentOf([100])
  const answer = await ask(await serve(segment))
  expect(segment.readers).toBe(1)
  answer.on('error', () => undefined)
  answer.destroy()
  await waitFor(() => segment.readers === 0, { what: 'the viewer to be forgotten', interval: 5 })
})

test('by HTTP/2 it comes in the same way', async () => {
  const { segment, add } = segmentOf([100])
  const viewer = follow(await http2Segment(segment))
  await waitFor(() => viewer.bytes === 100, { what: 'the first part', interval: 5 })
  add(LARGE)
  await waitFor(() => viewer.bytes === 100 + LARGE, { what: 'the second part', interval: 5 })
  segment.complete()
  await waitFor(() => viewer.end === 'complete', { what: 'the end', interval: 5 })
})

test('by HTTP/2 a segment that will never be complete resets its stream with an error', async () => {
  const { segment } = segmentOf([100])
  const stream = await http2Segment(segment)
  const viewer = follow(stream)
  await waitFor(() => viewer.bytes === 100, { what: 'the first part', interval: 5 })
  segment.abandon()
  await waitFor(() => viewer.end === 'broken', { what: 'a reset', interval: 5 })
  expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
})
