import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect as connectSession, createSecureServer } from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { makeCertificate, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropSlowReaders } from './slow-readers.ts'

/** More than the kernel takes of an answer that nobody reads. */
const BODY = Buffer.alloc(64 * 1024 * 1024)
const PIECE = 16 * 1024
const READERS = 30
const LIMIT_MILLIS = 500

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-slow-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** As Fastify writes a body to HTTP/2: a piece when the one before it has gone. */
function* piecesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE)
}

/** Reads one byte, and then no more until the connection ends. */
function slowReader(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.once('readable', () => {
      socket.read(1)
      resolve(socket)
    })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  })
}

test('over HTTP/1.1 they cost no memory of their own, and are dropped', async () => {
  let open = 0
  const server = createServer((request, response) => response.end(request.url === '/small' ? 'small' : BODY))
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  const guard = dropSlowReaders(server, LIMIT_MILLIS)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const before = process.memoryUsage().external
  const readers = await Promise.all(Array.from({ length: READERS }, () => slowReader(port)))
  expect(process.memoryUsage().external - before).toBeLessThan(BODY.byteLength)
  await waitFor(() => open === 0, { what: 'all dropped' })
  // Who reads is not.
  expect(await (await fetch(`http://127.0.0.1:${port}/small`)).text()).toBe('small')
  for (const each of readers) each.destroy()
  await guard.stop()
  server.closeAllConnections()
  server.close()
})

test('over HTTP/2 their answers are reset, and the others of the connection go on', async () => {
  const files = await makeCertificate(folder, 'localhost')
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)])
  const server = createSecureServer({ cert, key }, (request, response) => {
    if (request.url === '/small') response.end('small')
    else Readable.from(piecesOf(BODY)).pipe(response)
  })
  const guard = dropSlowReaders(server, LIMIT_MILLIS)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = connectSession(`https://localhost:${(server.address() as AddressInfo).port}`, { ca: cert })
  const before = process.memoryUsage().external
  const codes = Array.from(
    { length: READERS },
    () =>
      new Promise<number>((resolve) => {
        const stream = session.request({ ':path': '/' })
        stream.on('error', () => undefined)
        // Nobody reads: the stream's window stays closed after its first bytes.
        stream.once('response', () => stream.pause())
        stream.once('close', () => resolve(stream.rstCode))
      }),
  )
  const small = await new Promise<string>((resolve) => {
    const stream = session.request({ ':path': '/small' })
    stream.setEncoding('utf8').once('data', resolve)
  })
  expect(small).toBe('small')
  expect(process.memoryUsage().external - before).toBeLessThan(BODY.byteLength)
  expect(new Set(await Promise.all(codes))).not.toContain(0)
  session.destroy()
  await guard.stop()
  server.close()
})
