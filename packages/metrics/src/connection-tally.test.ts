import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ConnectionTally } from './connection-tally.ts'

test('connections count while they are open, and their bytes for ever', async () => {
  const tally = new ConnectionTally()
  const server = createServer((socket: Socket) => {
    tally.add(socket)
    socket.on('data', () => socket.end('seven b'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => client.write('four'))
  client.resume()
  const [accepted] = await once(server, 'connection')
  expect({ open: tally.sockets.size, opened: tally.opened }).toEqual({ open: 1, opened: 1 })
  await once(accepted, 'close')
  server.close()
  expect({ open: tally.sockets.size, opened: tally.opened }).toEqual({ open: 0, opened: 1 })
  expect({ received: tally.receivedBytes, sent: tally.sentBytes }).toEqual({ received: 4, sent: 7 })
})
