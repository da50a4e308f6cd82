import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ServerSessionEvent } from '../session/events.ts'
import { piecesOf } from '../testing/bytes.ts'
import { feed, newSession } from '../testing/client.ts'
import { httpRequests, type RecordedRequest } from '../testing/http-requests.ts'
import { Tunnel } from './tunnel.ts'

const SHARED = new URL('../../../../../shared/captures/', import.meta.url)

function recording(name: string): RecordedRequest[] | undefined {
  const file = new URL(`${name}.c2s`, SHARED)
  return existsSync(file) ? [...httpRequests(readFileSync(file))] : undefined
}

type Counts = Partial<Record<ServerSessionEvent['type'], number>>

/** A session behind the tunnel, fed with the requests of a recording. @param size - of the pieces that bodies come in. */
function replay(requests: readonly RecordedRequest[], size = Number.POSITIVE_INFINITY) {
  const [, id = ''] = requests.flatMap(({ path }) => /^\/send\/(\w+)\/0$/.exec(path) ?? [])
  const tunnel = new Tunnel({ newId: () => id })
  const session = newSession({ encryption: 'accept' })
  const counts: Counts = {}
  const answers: number[] = []
  const firstBytes: (number | undefined)[] = []
  let closed = ''
  for (const [exchange, { method, path, body }] of requests.entries()) {
    tunnel.request({ exchange, method, path }, exchange)
    for (const piece of piecesOf(body, size)) {
      tunnel.data(exchange, piece)
      drain()
    }
    tunnel.finish(exchange)
    drain()
  }
  return { counts, answers, firstBytes, closed }

  function drain(): void {
    for (const event of tunnel.events()) {
      if (event.type === 'received') {
        for (const each of feed(session, event.bytes, (one) => one.acceptPublish()))
          counts[each.type] = (counts[each.type] ?? 0) + 1
        tunnel.write(id, session.output())
      } else if (event.type === 'answer') {
        answers.push(event.status)
        firstBytes.push(event.body[1])
      } else if (event.type === 'closed') closed = event.by
    }
  }
}

describe('tunnelled publishers on record', () => {
  it.for([
    ['tunnel-rtmpsink-rtmpt', 1],
    // Its FCUnpublish waits for company that never comes: only the request `close` says goodbye.
    ['tunnel-ffmpeg-5.1-rtmpt', undefined],
  ] as const)('%s', ([name, finished], { skip }) => {
    const requests = recording(name)
    if (requests === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    const { counts, answers, firstBytes, closed } = replay(requests)
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(answers).toHaveLength(requests.length)
    // S0 comes with the answer to the request that brings C1.
    expect(firstBytes[1]).toBe(3)
    expect(counts).toMatchObject({ connect: 1, 'publish-requested': 1 })
    expect(counts['publish-finished']).toBe(finished)
    expect(counts.video).toBeGreaterThan(20)
    expect(counts.audio).toBeGreaterThan(20)
    expect(counts.ignored).toBeUndefined()
    expect(closed).toBe('client')
    for (const size of [1, 7, 1460]) expect(replay(requests, size)).toEqual(replay(requests))
  })

  it('tunnel-rtmpsink-rtmpte: as far as keys can be known', ({ skip }) => {
    const requests = recording('tunnel-rtmpsink-rtmpte')
    if (requests === undefined) return skip(`tunnel-rtmpsink-rtmpte.c2s is not in ${SHARED.pathname}`)
    for (const size of [1, 7, 1460, 65_536]) {
      const { answers, firstBytes } = replay(requests.slice(0, 2), size)
      expect(answers).toEqual([200, 200])
      expect(firstBytes[1]).toBe(6)
    }
  })
})
