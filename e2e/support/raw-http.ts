import { connect } from 'node:net'

/** An HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/**
 * Sends a request target exactly as given: clients tidy up paths before they send them.
 *
 * @param target - bytes, one for each character; may be no path at all.
 */
export function rawGet(origin: string, target: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n')
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
        contentType: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
        body: rest.join('\r\n\r\n'),
      })
    })
    socket.write(
      Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`, 'latin1'),
    )
  })
}
