import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ClockPosition,
  FeedReader,
  FeedWriter,
  Ring,
  RingReader,
  StreamClock,
  type StreamEntry,
  segmentRules,
} from '@sluice/broadcast'
import { concatBytes, epochMillis } from '@sluice/core'
import { type AudioTrack, aacTrack, h264Track, type Track, type VideoTrack } from '@sluice/media'
import {
  AAC_CONFIGURATION,
  AAC_RECORD,
  AVC_CONFIGURATION,
  AVC_RECORD,
  aacFrame,
  avcFrame,
} from '@sluice/testkit'

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
  /** Further tracks beside these; default none. */
  readonly further?: readonly SampleTrack[]
}

/** A further track of a sample: the same picture or sound under a number of its own. */
export interface SampleTrack {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** Frames from keyframe to keyframe of a picture; default as the default picture. */
  readonly gop?: number
  /** In the place of H.264 and AAC. */
  readonly track?: Track
  /** Seconds of the session from and to which it is there; default all of it. */
  readonly from?: number
  readonly to?: number
}

/** What samples consist of: 320x180 H.264, and 48 kHz stereo. */
export const TRACKS: { readonly video: VideoTrack; readonly audio: AudioTrack } = {
  video: h264Track(AVC_RECORD),
  audio: aacTrack(AAC_RECORD),
}

/** A stream as an ingest would have it. */
export class SampleStream {
  readonly clock: StreamClock
  readonly ring: Ring = new Ring({ bytes: 1 << 30, segments: 1000 })

  /** @param continues - where another ingest left off. */
  constructor(continues?: ClockPosition) {
    this.clock = new StreamClock(segmentRules(2), continues)
  }

  /** One session of a publisher; a second one comes back after `STARTED_AT + at`. */
  session(options: SampleOptions, at = 0): this {
    const { seconds, gop = 25, audio = true, frameSize = 64, further = [] } = options
    const { clock } = this
    clock.beginSession()
    clock.hints({ hasVideo: true, hasAudio: audio })
    clock.videoTrack(TRACKS.video, AVC_CONFIGURATION)
    if (audio) clock.audioTrack(TRACKS.audio, AAC_CONFIGURATION)
    let packets = 0
    /** Packets of each further sound. */
    const sent = new Map<SampleTrack, number>()
    for (let frame = 0; frame < seconds * 25; frame++) {
      const timestamp = frame * 40
      const now = epochMillis(STARTED_AT + at + timestamp)
      const keyframe = frame % gop === 0
      const present = further.filter(
        ({ from = 0, to = seconds }) => timestamp >= from * 1000 && timestamp < to * 1000,
      )
      for (const each of present)
        if (!sent.has(each)) clock.furtherTrack(each.trackId, each.track ?? TRACKS[each.kind])
      clock.video({ timestamp, compositionOffset: 0, keyframe, payload: avcFrame(keyframe, frameSize) }, now)
      for (; audio && (packets * 64) / 3 < timestamp + 40; packets++)
        clock.audio({ timestamp: Math.round((packets * 64) / 3), payload: aacFrame() }, now)
      for (const each of present) {
        const data = new Uint8Array(frameSize).fill(1)
        const give = (time: number, isKeyframe: boolean): void =>
          clock.further(
            each.kind,
            each.trackId,
            { timestamp: time, compositionOffset: 0, keyframe: isKeyframe, data },
            now,
          )
        let next = sent.get(each) ?? Math.ceil((timestamp * 3) / 64)
        if (each.kind === 'video') give(timestamp, frame % (each.gop ?? gop) === 0)
        else for (; (next * 64) / 3 < timestamp + 40; next++) give(Math.round((next * 64) / 3), true)
        sent.set(each, next)
      }
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
  /** Whether it says that it has the broadcast. Default true. */
  knows: boolean
  /** Answers the next feed requests; the default is 404. */
  answer: (response: ServerResponse, query: URLSearchParams) => void
  stop(): Promise<void>
}

export async function startTestFeed(): Promise<TestFeed> {
  const feed: Omit<TestFeed, 'url' | 'stop'> = { requests: [], knows: true, answer: notFound }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://feed')
    if (request.method === 'HEAD') return void response.writeHead(feed.knows ? 200 : 404).end()
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
