/**
 * The least that a Node process can do with players that wait: it looks for the blank line that ends a request, and for nothing
 * else in it but whether it is to wait.
 *
 * `node --import tsx bench/support/bare-waiting-room.ts PORT FILE`: answers with the file, head and body; requests with `_HLS_msn`
 * at the next SIGUSR2, all at once. Prints `ready` when it listens.
 */
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

const [port = '', file = ''] = process.argv.slice(2)
const answer = readFileSync(file)
const waiting: Socket[] = []

function serve(socket: Socket): void {
  socket.on('data', (request: Buffer) => {
    if (!request.includes('\r\n\r\n')) throw new Error('a request came in pieces')
    if (request.includes('_HLS_msn')) waiting.push(socket)
    else socket.write(answer)
  })
  socket.on('error', () => socket.destroy())
}

process.on('SIGUSR2', () => {
  for (const socket of waiting) socket.write(answer)
  waiting.length = 0
})
const server = createServer({ noDelay: true }, serve)
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
