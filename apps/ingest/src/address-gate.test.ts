import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createLogger } from '@sluice/runtime'
import { waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limitConnections } from './address-gate.ts'
import { AddressLimits, NO_ADDRESS_LIMITS } from './address-limits.ts'
import { receiveShared } from './shared-buffer.ts'

describe('the connections of a server', () => {
  let lines: { readonly code?: string; readonly refused?: number }[]
  let sockets: Socket[]
  let server: Server

  const log = createLogger({ log: { level: 'debug', format: 'json' } }, 'ingest', {
    write: (line: string) => void lines.push(JSON.parse(line)),
  })
  const listen = async (made: Server, connectionsPerAddress: number): Promise<AddressLimits> => {
    server = made
    const limits = new AddressLimits({ ...NO_ADDRESS_LIMITS, connectionsPerAddress }, () => performance.now())
    limitConnections(server, limits, log)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return limits
  }
  const visit = (): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    return socket.resume()
  }
  const stays = async (socket: Socket): Promise<boolean> => {
    socket.write('x')
    const answered = once(socket, 'data').then(() => true)
    return Promise.race([answered, once(socket, 'close').then(() => false)])
  }

  beforeEach(() => {
    lines = []
    sockets = []
  })
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it.each([
    ['as they are', (socket: Socket) => void socket.on('data', () => socket.write('y')).resume()],
    [
      'with a shared buffer',
      (accepted: Socket) => {
        const { socket } = receiveShared(accepted, () => socket.write('y'))
        socket.on('error', () => undefined)
        socket.resume()
      },
    ],
  ])('%s: as many stay as may, and who leaves makes room', async (_, handle) => {
    await listen(
      createServer({ pauseOnConnect: true }, (socket) => handle(socket)),
      2,
    )
    const [first, second] = [visit(), visit()]
    expect([await stays(first), await stays(second)]).toEqual([true, true])
    expect([await stays(visit()), await stays(visit())]).toEqual([false, false])
    first.destroy()
    await waitFor(() => stays(visit()), { what: 'room for another' })
    expect(await stays(second)).toBe(true)
  })

  it('of HTTP count too, and a refused one harms nobody', async () => {
    const limits = await listen(
      createHttpServer((_request, response) => response.end('y')),
      1,
    )
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    const first = visit()
    first.write(request)
    await once(first, 'data')
    const second = visit()
    second.write(request)
    await once(second, 'close')
    expect(second.bytesRead).toBe(0)
    first.write(request)
    await once(first, 'data')
    first.destroy()
    await waitFor(() => limits.admit('127.0.0.1') === undefined, { what: 'room for another' })
  })

  it('that are refused fill no log', async () => {
    await listen(createServer(), 1)
    const first = visit()
    await once(first, 'connect')
    const closed = Array.from({ length: 50 }, () => once(visit(), 'close'))
    await Promise.all(closed)
    expect(lines.length).toBeLessThan(10)
    expect(lines[0]).toMatchObject({
      level: 'warn',
      code: 'ingest.address.too_many_connections',
      remote: '127.0.0.1',
      refused: 1,
      msg: 'a connection was closed: this address has 1 connections, and may have no more',
    })
  })
})
