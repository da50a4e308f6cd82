import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { readToEnd } from './read-to-end.ts'

const request = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`

/** The requests that a server reads of a client that says goodbye and is gone when it is answered. */
async function heardOf(prepare: (socket: Socket) => void): Promise<string[]> {
  const heard: string[] = []
  const server = createServer()
  server.on('connection', prepare)
  server.on('request', (incoming, response) => {
    let body = ''
    incoming.on('data', (bytes: Buffer) => {
      body += bytes.toString()
    })
    incoming.on('end', () => {
      heard.push(`${incoming.url} ${body}`)
      if (heard.length === 1) {
        client.write(request('/goodbye') + request('/close'))
        client.resetAndDestroy()
      }
      response.end('answer')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(request('/hello'))
  const [socket] = (await once(server, 'connection')) as [Socket]
  await new Promise((resolve) => socket.once('close', resolve))
  server.close()
  return heard
}

it('reads what was sent before the connection broke, and then ends', async () => {
  expect(await heardOf(readToEnd)).toEqual(['/hello body', '/goodbye body', '/close body'])
})

it('is needed: a socket is destroyed by the first write that fails', async () => {
  expect(await heardOf(() => undefined)).toEqual(['/hello body'])
})
