import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  FeedReader,
  FeedWriter,
  Ring,
  RingReader,
  StreamClock,
  type StreamEntry,
  segmentRules,
} from '@sluice/broadcast'
import { concatBytes, epochMillis } from '@sluice/core'
import { readAudioBody, readVideoBody } from '@sluice/flv'
import { aacTrack, h264Track } from '@sluice/media'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from '@sluice/testkit'

/** Wall clock of media time 0. */
export const STARTED_AT = 1_700_000_000_000

/** What a test publishes: 25 frames a second and 48 kHz AAC in segments of 2 s. */
export interface SampleOptions {
  readonly seconds: number
  /** Frames from keyframe to keyframe; default 25. */
  readonly gop?: number
  readonly audio?: boolean
  /** Bytes of a frame; default 64. */
  readonly frameSize?: number
}

/** A stream as an ingest would have it. */
export class SampleStream {
  readonly clock: StreamClock = new StreamClock(segmentRules(2))
  readonly ring: Ring = new Ring({ bytes: 1 << 30, segments: 1000 })

  /** One session of a publisher; a second one comes back after `STARTED_AT + at`. */
  session({ seconds, gop = 25, audio = true, frameSize = 64 }: SampleOptions, at = 0): this {
    const { clock } = this
    clock.beginSession()
    clock.hints({ hasVideo: true, hasAudio: audio })
    const video = readVideoBody(AVC_CONFIGURATION)
    if (video.type === 'config') clock.videoTrack(h264Track(video.record), AVC_CONFIGURATION)
    const sound = readAudioBody(AAC_CONFIGURATION)
    if (audio && sound.type === 'config') clock.audioTrack(aacTrack(sound.record), AAC_CONFIGURATION)
    let packets = 0
    for (let frame = 0; frame < seconds * 25; frame++) {
      const timestamp = frame * 40
      const now = epochMillis(STARTED_AT + at + timestamp)
      const keyframe = frame % gop === 0
      clock.video({ timestamp, compositionOffset: 0, keyframe, payload: avcFrame(keyframe, frameSize) }, now)
      for (; audio && (packets * 64) / 3 < timestamp + 40; packets++)
        clock.audio({ timestamp: Math.round((packets * 64) / 3), payload: aacFrame() }, now)
    }
    clock.endSession()
    return this.#flush()
  }

  end(): this {
    this.clock.end()
    return this.#flush()
  }

  /** The feed from a boundary on. */
  bytes(from = 0): Uint8Array {
    const start = this.ring.startAt(from)
    if (start === undefined) return new Uint8Array(0)
    const writer = new FeedWriter()
    const reader = new RingReader(this.ring, start)
    const parts = [writer.header(start.tracks)]
    for (let entry = reader.next(); entry !== undefined; entry = reader.next())
      parts.push(...writer.entry(entry))
    return concatBytes(parts)
  }

  /** The feed from a boundary on, read. */
  entries(from = 0): StreamEntry[] {
    const reader = new FeedReader()
    reader.receive(this.bytes(from))
    return reader.entries()
  }

  #flush(): this {
    for (const entry of this.clock.entries()) this.ring.push(entry)
    return this
  }
}

/** An ingest's feed server that does as it is told. */
export interface TestFeed {
  readonly url: string
  /** Queries of the requests so far. */
  readonly requests: URLSearchParams[]
  /** Answers the next feed requests; the default is 404. */
  answer: (response: ServerResponse, query: URLSearchParams) => void
  stop(): Promise<void>
}

export async function startTestFeed(): Promise<TestFeed> {
  const feed: Omit<TestFeed, 'url' | 'stop'> = { requests: [], answer: notFound }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://feed')
    if (url.pathname === '/healthz') return void response.end('{}')
    feed.requests.push(url.searchParams)
    feed.answer(response, url.searchParams)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(feed, {
    url: `http://127.0.0.1:${port}/feed/b`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

function notFound(response: ServerResponse): void {
  response.writeHead(404).end()
}
