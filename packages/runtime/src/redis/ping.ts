import { connect } from 'node:net'

/** What is behind a socket: a server that answers, one that still loads its data, or nobody. */
export type PingAnswer = 'ready' | 'loading' | 'nobody'

const TIMEOUT_MILLIS = 2000

/** Sends one inline command to a Redis on a unix socket and gives its answer's first line, or undefined. */
export function inlineCommand(socketPath: string, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    let received = ''
    const finish = (answer: string | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(TIMEOUT_MILLIS, () => finish(undefined))
    socket.on('connect', () => socket.write(`${command}\r\n`))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const end = received.indexOf('\r\n')
      if (end >= 0) finish(received.slice(0, end))
    })
    socket.on('error', () => finish(undefined))
    socket.on('close', () => finish(undefined))
  })
}

/** Asks whether a Redis answers on a unix socket. Any reply but "loading" is an answering server. */
export async function ping(socketPath: string): Promise<PingAnswer> {
  const answer = await inlineCommand(socketPath, 'PING')
  if (answer === undefined) return 'nobody'
  return answer.startsWith('-LOADING') ? 'loading' : 'ready'
}
