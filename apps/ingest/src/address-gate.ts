import type { Server, Socket } from 'node:net'
import type { Logger } from '@sluice/runtime'
import type { AddressLimits } from './address-limits.ts'
import type { Refusal } from './publish-refusal.ts'

/** Between two log lines of one server, in milliseconds: who is to be kept out must not fill a disk. */
const REPORT_MILLIS = 1_000

/**
 * Counts the connections of a server for their addresses, and closes those that are too many, without a word and before
 * anything is read of them. Whoever listens for connections too is given the closed ones as well, as if their client had
 * gone at once. Called once for a server, before it listens; TLS and HTTP servers count their TCP connections.
 */
export function limitConnections(server: Server, addresses: AddressLimits, log: Logger): void {
  let refused = 0
  let reported = Number.NEGATIVE_INFINITY
  const report = ({ code, reason }: Refusal, remote: string): void => {
    refused += 1
    const now = performance.now()
    if (now - reported < REPORT_MILLIS) return
    log.warn({ code, remote, refused }, `a connection was closed: ${reason}`)
    refused = 0
    reported = now
  }
  server.prependListener('connection', (socket: Socket) => {
    // A client that has gone already has no address any more.
    const address = socket.remoteAddress ?? 'unknown'
    const refusal = addresses.admit(address)
    if (refusal === undefined) {
      socket.once('close', () => addresses.leave(address))
      return
    }
    report(refusal, address)
    socket.destroy()
  })
}
