import { AmfObject, isAmfMap } from '@sluice/amf'
import {
  dataPayload,
  FeedReader,
  FeedWriter,
  packetOf,
  type StreamEntry,
  segmentRules,
} from '@sluice/broadcast'
import { concatBytes, type EpochMillis, epochMillis, ProtocolError, UnsupportedError } from '@sluice/core'
import { FlvReader, FlvTagType, readScriptData, writeFlvTag, writeScriptData } from '@sluice/flv'
import { LiveStream } from '../../apps/ingest/src/live-stream.ts'
import { FLV_FORM, rtmpForm } from '../../apps/ingest/src/playback/message-form.ts'
import { entriesOf } from '../../apps/ingest/src/testing/entries.ts'
import type { FuzzTarget } from '../engine/target.ts'
import { type Recording, recordedFlv } from '../seeds/captures.ts'
import { pieces } from './pieces.ts'

/** With the PreviousTagSize behind it. */
const FLV_HEADER = 13
const START = 1_700_000_000_000

/** A stream on its way from messages to a worker. */
export const BROADCAST_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'broadcast/feed-reader',
    summary: 'the feed that a worker reads',
    share: 4_000,
    mostBytes: 8_192,
    seeds: () => recordedFlv().flatMap((recording) => feedOf(withData(recording))),
    read: (input) => {
      const reader = new FeedReader()
      const entries = [...pieces(input)].flatMap((piece) => {
        reader.receive(piece)
        return reader.entries()
      })
      return { reader, entries }
    },
  },
  {
    name: 'ingest/live-stream',
    summary: 'messages of a publisher, as FLV, through clock, ring and feed: what goes in there comes out',
    share: 2_000,
    mostBytes: 8_192,
    seeds: () => recordedFlv().map(withData),
    read: (input) => {
      const entries = published(input)
      checkFeed(entries)
      return entries
    },
    // A stream, two forms for players, a feed written and read.
    bounds: { allocated: { fixed: 16 << 20, perByte: 4_096 } },
  },
]

/** What a publisher of these tags gives a worker. */
function published(flv: Uint8Array): StreamEntry[] {
  const reader = new FlvReader()
  const stream = new LiveStream(segmentRules(2), { awaitsWorker: true })
  stream.beginSession()
  reader.receive(flv)
  let arrived = START
  for (const event of reader.events()) {
    if (event.type !== 'tag') continue
    arrived += 10
    const now = epochMillis(arrived)
    const timestamp = event.timestamp >>> 0
    if (event.tagType === FlvTagType.video) stream.video(timestamp, event.body, now)
    else if (event.tagType === FlvTagType.audio) stream.audio(timestamp, event.body, now)
    else say(stream, timestamp, event.body, now)
    stream.flush()
  }
  stream.end()
  return entriesOf(stream)
}

/** As a connection does it: what cannot be passed on is left out. */
function say(stream: LiveStream, timestamp: number, body: Uint8Array, now: EpochMillis): void {
  const { name, value } = readScriptData(body)
  if (name !== 'onMetaData') {
    try {
      stream.data(timestamp, name, dataPayload(name, [value]), now)
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof UnsupportedError)) throw error
    }
  } else if (isAmfMap(value)) {
    stream.metadata(value)
    for (const form of [FLV_FORM, rtmpForm(1)]) form.metadata(stream.properties)
  }
}

/** A recording with data messages between its tags. */
function withData({ bytes }: Recording): Uint8Array {
  const said = ['onTextData', 'onCuePoint', 'sluiceEnd'].map((name, i) =>
    writeFlvTag(FlvTagType.script, 40 * i, writeScriptData(name, AmfObject.of({ text: name, time: i }))),
  )
  return concatBytes([bytes.subarray(0, FLV_HEADER), ...said, bytes.subarray(FLV_HEADER), ...said])
}

/** The feed of a recorded publisher, unless it is refused. */
function feedOf(flv: Uint8Array): Uint8Array[] {
  try {
    return [written(published(flv))]
  } catch (error) {
    if (error instanceof UnsupportedError) return []
    throw error
  }
}

function written(entries: readonly StreamEntry[]): Uint8Array {
  const [tracks] = entries
  if (tracks?.type !== 'tracks') return new Uint8Array()
  const writer = new FeedWriter()
  return concatBytes([writer.header(tracks), ...entries.flatMap((entry) => writer.entry(entry))])
}

/** @throws {Error} what the ingest let through does not reach a worker. */
function checkFeed(entries: readonly StreamEntry[]): void {
  try {
    const reader = new FeedReader()
    reader.receive(written(entries))
    const arrived = reader.entries()
    if (arrived.length !== entries.length)
      throw new RangeError(`${entries.length} entries went in, ${arrived.length} came out`)
    for (const entry of arrived) if (entry.type === 'video' || entry.type === 'audio') packetOf(entry)
  } catch (error) {
    throw new Error('what went into the feed does not come out', { cause: error })
  }
}
