import { ByteReader, ByteWriter } from '@sluice/core'
import { Tunnel } from '@sluice/rtmp'
import { clientHandshake } from '@sluice/testkit'
import { httpRequests } from '../../packages/rtmp/src/testing/http-requests.ts'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedClients } from '../seeds/captures.ts'

/** What may happen to a tunnel; an input is a list of these. Others stand for the last one. */
const STEPS = ['request', 'data', 'finish', 'abandon', 'pause', 'resume', 'end', 'expire', 'drop'] as const
type Step = (typeof STEPS)[number]

/** Of a recorded session. */
const REQUESTS = 24
const BODY_BYTES = 200
/** Answer to every request, to have something owed. */
const ECHO_BYTES = 64

/** RTMPT: requests in any order, of sessions that are there or not. */
export const TUNNEL_TARGET: FuzzTarget = {
  name: 'rtmp/tunnel',
  summary: 'RTMPT: HTTP requests of several clients, and connections that break',
  share: 10_000,
  mostBytes: 8_192,
  seeds: () => [...recordedSessions(), ownSession()],
  read: drive,
}

/** A step: what it is, a length, and so many bytes: of a path, a body, or nothing. */
function step(writer: ByteWriter, what: Step, bytes: Uint8Array = new Uint8Array()): void {
  writer.u8(STEPS.indexOf(what)).u16be(bytes.length).bytes(bytes)
}

function recordedSessions(): Uint8Array[] {
  return recordedClients().flatMap(({ bytes }) => {
    const requests = [...httpRequests(bytes)].slice(0, REQUESTS)
    if (requests.length === 0) return []
    const writer = new ByteWriter()
    for (const { path, body } of requests) {
      step(writer, 'request', Buffer.from(path.replace(/^\/(send|idle|close)\/\w+\//, '/$1/id-1/')))
      step(writer, 'data', body.subarray(0, BODY_BYTES))
      step(writer, 'finish')
    }
    return [writer.finish()]
  })
}

function ownSession(): Uint8Array {
  const writer = new ByteWriter()
  for (const path of [
    '/open/1',
    '/send/id-1/0',
    '/send/id-1/2',
    '/send/id-1/1',
    '/idle/id-1/3',
    '/close/id-1/4',
  ]) {
    step(writer, 'request', Buffer.from(path))
    step(writer, 'data', clientHandshake().subarray(0, BODY_BYTES))
    step(writer, path.endsWith('2') ? 'pause' : 'finish')
    step(writer, 'finish')
    step(writer, 'resume')
  }
  step(writer, 'expire')
  return writer.finish()
}

function drive(input: Uint8Array): Tunnel {
  let sessions = 0
  const tunnel = new Tunnel({ newId: () => `id-${++sessions}` })
  const reader = new ByteReader(input)
  let exchange = 0
  let now = 0
  while (reader.remaining >= 3) {
    const what = STEPS[reader.u8()] ?? 'drop'
    const bytes = reader.bytes(Math.min(reader.u16be(), reader.remaining))
    const id = `id-${(bytes[0] ?? 0) % 4}`
    if (what === 'request') {
      exchange += 1
      tunnel.request({ exchange, method: 'POST', path: Buffer.from(bytes).toString('latin1') }, now)
    } else if (what === 'data') tunnel.data(exchange, bytes)
    else if (what === 'finish' || what === 'abandon') tunnel[what](exchange)
    else if (what === 'expire') {
      now += 100 * bytes.length
      tunnel.expire(now)
    } else tunnel[what](id)
    for (const event of tunnel.events())
      if (event.type === 'received')
        tunnel.write(event.id, Uint8Array.from(event.bytes.subarray(0, ECHO_BYTES)))
  }
  return tunnel
}
