import { FeedReader, FeedWriter, type StreamEntry, segmentRules } from '@sluice/broadcast'
import { concatBytes, epochMillis, ProtocolError, UnsupportedError } from '@sluice/core'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from '@sluice/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'
import { entriesOf } from './testing/entries.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}
const START = 1_700_000_000_000

interface Message {
  readonly kind: 'video' | 'audio'
  /** Milliseconds since the message before, on the wire and by the wall clock. */
  readonly step: number
  readonly waited: number
  readonly payload: Uint8Array
}

const fourCc = (name: string): number[] => [...Buffer.from(name)]
const trackId = fc.constantFrom(1, 1, 2, 255)
const data = fc.uint8Array({ minLength: 1, maxLength: 12 })

/** OneTrack: configurations and frames that are what they say, and ones of any bytes in any codec. */
const further: fc.Arbitrary<Pick<Message, 'kind' | 'payload'>> = fc.oneof(
  { weight: 2, arbitrary: trackId.map((id) => video(true, 0, 'avc1', id, AVC_CONFIGURATION.subarray(5))) },
  { weight: 2, arbitrary: trackId.map((id) => audio(0, 'mp4a', id, AAC_CONFIGURATION.subarray(2))) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.boolean(), trackId, fc.integer({ min: -200, max: 200 }), data)
      .map(([key, id, offset, bytes]) =>
        video(key, 1, 'avc1', id, [(offset >> 16) & 0xff, (offset >> 8) & 0xff, offset & 0xff, ...bytes]),
      ),
  },
  { weight: 20, arbitrary: fc.tuple(trackId, data).map(([id, bytes]) => audio(1, 'mp4a', id, bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.boolean(), fc.nat(7), fc.constantFrom('avc1', 'hvc1', 'av01', 'vp09', 'vvc1'), trackId, data)
      .map((parts) => video(...parts)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(7), fc.constantFrom('mp4a', 'Opus', 'fLaC', '.mp3', 'ac-3'), trackId, data)
      .map((parts) => audio(...parts)),
  },
)
const usual: fc.Arbitrary<Pick<Message, 'kind' | 'payload'>> = fc.oneof(
  fc.boolean().map((key) => ({ kind: 'video', payload: avcFrame(key, 4) }) as const),
  fc.constant({ kind: 'audio', payload: aacFrame() } as const),
)
/** Mostly a healthy clock. */
const step = fc.oneof(
  { weight: 40, arbitrary: fc.nat(20) },
  { weight: 1, arbitrary: fc.integer({ min: -1_000, max: 5_000 }) },
  { weight: 1, arbitrary: fc.constant(2 ** 31 - 1) },
)
const messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({ message: fc.oneof(further, usual), step, waited: fc.nat(100) }).map(({ message, ...time }) => ({
    ...message,
    ...time,
  })),
  { minLength: 20, maxLength: 80 },
)

function video(
  isKeyframe: boolean,
  packetType: number,
  codec: string,
  id: number,
  bytes: Iterable<number>,
): Pick<Message, 'kind' | 'payload'> {
  const payload = Uint8Array.of(isKeyframe ? 0x96 : 0xa6, packetType, ...fourCc(codec), id, ...bytes)
  return { kind: 'video', payload }
}

function audio(
  packetType: number,
  codec: string,
  id: number,
  bytes: Iterable<number>,
): Pick<Message, 'kind' | 'payload'> {
  return { kind: 'audio', payload: Uint8Array.of(0x95, packetType, ...fourCc(codec), id, ...bytes) }
}

/** Everything that a stream makes of messages, or of those before one that ends the publish with a declared error. */
function published(sent: readonly Message[]): StreamEntry[] {
  const stream = new LiveStream(segmentRules(2))
  stream.beginSession()
  let [timestamp, now] = [0, START]
  stream.video(0, AVC_CONFIGURATION, epochMillis(now))
  stream.audio(0, AAC_CONFIGURATION, epochMillis(now))
  stream.video(0, video(true, 0, 'avc1', 1, AVC_CONFIGURATION.subarray(5)).payload, epochMillis(now))
  stream.audio(0, audio(0, 'mp4a', 1, AAC_CONFIGURATION.subarray(2)).payload, epochMillis(now))
  stream.video(0, avcFrame(true), epochMillis(now))
  stream.audio(0, aacFrame(), epochMillis(now))
  try {
    for (const { kind, step: by, waited, payload } of sent) {
      timestamp = (timestamp + by) >>> 0
      now += waited
      stream[kind](timestamp, payload, epochMillis(now))
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) && !(error instanceof UnsupportedError)) throw error
  }
  stream.clock.endSession()
  stream.end()
  return entriesOf(stream)
}

it('whatever further tracks send, the stream is sound, and its feed the same', () => {
  fc.assert(
    fc.property(messages, (sent) => {
      const entries = published(sent)
      let present = new Set<string>()
      const last = new Map<string, number>()
      for (const entry of entries) {
        if (entry.type === 'tracks') present = new Set()
        if (entry.type === 'further-tracks')
          present = new Set(entry.tracks.map((each) => `${each.track.kind} ${each.trackId}`))
        // What begins anew is packaged anew.
        if (entry.type === 'tracks' || entry.type === 'further-tracks') last.clear()
        if (entry.type !== 'further') continue
        const name = `${entry.packet.kind} ${entry.trackId}`
        expect(present).toContain(name)
        expect(entry.packet.dts).toBeGreaterThan(last.get(name) ?? -1)
        last.set(name, entry.packet.dts)
      }
      const [tracks] = entries
      if (tracks?.type !== 'tracks') return
      const writer = new FeedWriter()
      const reader = new FeedReader()
      reader.receive(concatBytes([writer.header(tracks), ...entries.flatMap((entry) => writer.entry(entry))]))
      expect(reader.entries()).toEqual(entries)
    }),
    parameters,
  )
})
