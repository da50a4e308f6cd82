import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { concatBytes, equalBytes } from '@sluice/core'
import { waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receiveShared } from './shared-buffer.ts'

interface Accepted {
  readonly socket: Socket
  readonly readNow: (() => boolean) | undefined
  readonly received: Uint8Array[]
  closed: boolean
  ended: boolean
}

describe('connections that share a receive buffer', () => {
  let server: Server
  let accepted: Accepted[]
  let clients: Socket[]

  beforeEach(async () => {
    accepted = []
    clients = []
    server = createServer({ pauseOnConnect: true }, (given) => {
      const received: Uint8Array[] = []
      const { socket, readNow } = receiveShared(given, (bytes) => received.push(Uint8Array.from(bytes)))
      const entry: Accepted = { socket, readNow, received, closed: false, ended: false }
      socket.on('end', () => {
        entry.ended = true
      })
      socket.on('close', () => {
        entry.closed = true
      })
      socket.on('error', () => undefined)
      accepted.push(entry)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    for (const client of clients) client.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  const client = async (): Promise<{ readonly client: Socket; readonly there: Accepted }> => {
    const before = accepted.length
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    clients.push(socket)
    const there = await waitFor(() => accepted[before], { what: 'the connection' })
    return { client: socket, there }
  }
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  const size = ({ received }: Accepted): number => received.reduce((sum, { length }) => sum + length, 0)

  it('get each its own bytes, also more than the buffer holds', async () => {
    const one = await client()
    const two = await client()
    const sent = [Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)] as const
    one.client.write(sent[0])
    two.client.write(sent[1])
    await waitFor(() => size(one.there) === 300_000 && size(two.there) === 300_000, { what: 'all bytes' })
    expect(equalBytes(sent[0], concatBytes(one.there.received))).toBe(true)
    expect(equalBytes(sent[1], concatBytes(two.there.received))).toBe(true)
  })

  it('pause, resume and answer', async () => {
    const { client: encoder, there } = await client()
    there.socket.pause()
    encoder.write('waiting')
    let answer = ''
    encoder.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    there.socket.write('go on')
    await waitFor(() => answer === 'go on', { what: 'the answer' })
    expect(size(there)).toBe(0)
    there.socket.resume()
    await waitFor(() => size(there) === 7, { what: 'what was sent' })
    expect(there.socket.remoteAddress).toBe('127.0.0.1')
  })

  it('end, break off and time out as others do, and are not counted any more', async () => {
    const ending = await client()
    const breaking = await client()
    const idle = await client()
    expect(await connections()).toBe(3)
    ending.client.end('last words')
    await waitFor(() => ending.there.closed, { what: 'the end' })
    expect([size(ending.there), ending.there.ended]).toEqual([10, true])
    breaking.client.resetAndDestroy()
    await waitFor(() => breaking.there.closed, { what: 'the break' })
    idle.there.socket.setTimeout(10, () => idle.there.socket.destroy())
    await waitFor(() => idle.there.closed, { what: 'the timeout' })
    await waitFor(async () => (await connections()) === 0, { what: 'no connections' })
  })

  it('are read without being told, paused, in order with what they read otherwise', async () => {
    const { client: encoder, there } = await client()
    encoder.write('first ')
    await waitFor(() => size(there) === 6, { what: 'the first word' })
    there.socket.pause()
    expect(there.readNow?.()).toBe(false)
    encoder.write(Buffer.alloc(200_000, 'x'))
    await waitFor(() => there.readNow?.() === true && size(there) === 200_006, { what: 'what was sent' })
    there.socket.resume()
    encoder.end('last')
    await waitFor(() => there.closed, { what: 'the end' })
    expect(Buffer.from(concatBytes(there.received)).toString()).toBe(`first ${'x'.repeat(200_000)}last`)
    expect(there.readNow?.()).toBe(false)
  })

  it('that end or break while they are read like this tell of it', async () => {
    const ending = await client()
    const breaking = await client()
    for (const { there } of [ending, breaking]) there.socket.pause()
    ending.client.end('last words')
    await waitFor(() => ending.there.readNow?.() === true, { what: 'the last words' })
    await waitFor(() => ending.there.readNow?.() === false, { what: 'nothing more' })
    expect([size(ending.there), ending.there.ended]).toEqual([10, false])
    ending.there.socket.resume()
    await waitFor(() => ending.there.ended && ending.there.closed, { what: 'the end' })
    let fault: Error | undefined
    breaking.there.socket.on('error', (error) => {
      fault = error
    })
    breaking.client.resetAndDestroy()
    await waitFor(() => breaking.there.readNow?.() === false && breaking.there.closed, { what: 'the break' })
    expect(fault?.message).toContain('ECONNRESET')
  })

  it('that were taken away already bring nothing', () => {
    const socket = { _handle: null, on: () => socket } as unknown as Socket
    expect(receiveShared(socket, () => undefined)).toEqual({ socket })
  })
})
