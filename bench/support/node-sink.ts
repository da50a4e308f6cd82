/**
 * The least that a Node process can do with publishers: it answers them until they publish, and from then on counts bytes and
 * forgets them. `node --import tsx bench/support/node-sink.ts PORT`; prints `ready` when it listens.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { ServerSession } from '@sluice/rtmp'

let received = 0

function serve(socket: Socket): void {
  const session = new ServerSession({ randomBytes })
  const greet = (bytes: Buffer): void => {
    session.receive(bytes)
    for (const event of session.events()) {
      if (event.type === 'publish-requested') session.acceptPublish()
    }
    socket.write(session.output())
    if (session.state !== 'publishing') return
    socket.off('data', greet)
    socket.on('data', (rest: Buffer) => {
      received += rest.length
    })
  }
  socket.on('data', greet)
  socket.on('error', () => socket.destroy())
}

const server = createServer({ noDelay: true }, serve)
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('ready\n'))
process.once('SIGTERM', () => {
  process.stdout.write(`${received} bytes\n`)
  process.exit(0)
})
