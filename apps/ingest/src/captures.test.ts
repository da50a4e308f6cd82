import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { segmentRules } from '@sluice/broadcast'
import { epochMillis, SluiceError } from '@sluice/core'
import { ServerSession } from '@sluice/rtmp'
import { expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'
import { entriesOf } from './testing/entries.ts'

/** Recordings of real clients, with a README that says what is special about each. */
const CAPTURES = new URL('../../../../shared/captures/', import.meta.url)
const NOW = epochMillis(1_700_000_000_000)

/** What becomes of a publisher: its tracks, or why it is refused. */
type Outcome = Partial<Pick<Replay, 'video' | 'audio' | 'refused'>>

const tracks = (video: string, audio: string): Outcome => ({ video, audio, refused: undefined })
const refused = (code: string): Outcome => ({ refused: code })
const H264_AND_AAC = tracks('avc1', 'mp4a.40.2')
const PUBLISHERS: Readonly<Record<string, Outcome>> = {
  'ffmpeg-5.1-avc-aac': H264_AND_AAC,
  'ffmpeg-7.1-hevc-aac': tracks('hvc1', 'mp4a.40.2'),
  'ffmpeg-9.0-ac3': tracks('avc1', 'ac-3'),
  'ffmpeg-9.0-av1-opus': tracks('av01', 'Opus'),
  'ffmpeg-9.0-multitrack': H264_AND_AAC,
  'ffmpeg-9.0-vp9-flac': tracks('vp09', 'fLaC'),
  'gstreamer-1.22-rtmp2sink': H264_AND_AAC,
  'gstreamer-1.22-rtmpsink-librtmp': H264_AND_AAC,
  'gstreamer-1.28-eflvmux': H264_AND_AAC,
  'lal-0.37-go': H264_AND_AAC,
  'obs-29.0-avc-aac': H264_AND_AAC,
  'obs-30.2-avc-aac': H264_AND_AAC,
  'obs-32.2-av1-aac': tracks('av01', 'mp4a.40.2'),
  'obs-32.2-avc-aac-bframes': H264_AND_AAC,
  'obs-32.2-multitrack-video': H264_AND_AAC,
  'obs-32.2-opus-mislabelled': refused('ingest.audio.unsupported_codec'),
  'obs-32.2-vod-audio-track': H264_AND_AAC,
  'tunnel-ffmpeg-5.1-rtmpt': refused('rtmp.handshake.http'),
  'tunnel-rtmpsink-rtmpe': refused('rtmp.handshake.encrypted'),
  'tunnel-rtmpsink-rtmpt': refused('rtmp.handshake.http'),
  'tunnel-rtmpsink-rtmpte': refused('rtmp.handshake.http'),
}
/** Clients that publish nothing: what their sessions make of them is tested there. */
const OTHERS = /^(?:play|srs-bench)-/

/** Sizes of the pieces that a recording comes in: the first cuts it everywhere. */
const SIZES = [1, 7, 1460, 65_536, Number.POSITIVE_INFINITY]

interface Replay {
  /** Its codec string up to the first dot. */
  readonly video: string | undefined
  readonly audio: string | undefined
  readonly refused: string | undefined
  /** Everything that a worker would read. */
  readonly digest: string
}

function replay(bytes: Uint8Array, size: number): Replay {
  const stream = new LiveStream(segmentRules(2))
  stream.beginSession()
  const session = new ServerSession({ randomBytes: (length) => new Uint8Array(length) })
  let refused: string | undefined
  try {
    for (let at = 0; at < bytes.length; at += size) {
      session.receive(bytes.subarray(at, at + size))
      for (const event of session.events()) {
        if (event.type === 'publish-requested') session.acceptPublish()
        else if (event.type === 'metadata') stream.metadata(event.metadata)
        else if (event.type === 'video') stream.video(event.timestamp, event.payload, NOW)
        else if (event.type === 'audio') stream.audio(event.timestamp, event.payload, NOW)
      }
      session.output()
    }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    refused = error.code
  }
  stream.end()
  return { ...tracksOf(stream), refused, digest: digestOf(stream) }
}

function tracksOf(stream: LiveStream): Pick<Replay, 'video' | 'audio'> {
  const { video, audio } = stream.tracks
  return { video: video?.codecString.split('.')[0], audio: audio?.codecString }
}

function digestOf(stream: LiveStream): string {
  const hash = createHash('sha256')
  for (const entry of entriesOf(stream)) {
    const { payload, ...facts } = { payload: undefined, ...entry }
    hash.update(JSON.stringify(facts))
    if (payload !== undefined) hash.update(payload)
  }
  return hash.digest('hex')
}

it.for(Object.entries(PUBLISHERS))('%s', ([name, outcome], { skip }) => {
  const file = new URL(`${name}.c2s`, CAPTURES)
  if (!existsSync(file)) return skip(`${file.pathname} is not there`)
  const bytes = readFileSync(file)
  const whole = replay(bytes, bytes.length)
  expect(whole).toMatchObject(outcome)
  for (const size of SIZES) expect(replay(bytes, size), `in pieces of ${size}`).toEqual(whole)
})

it('is known of every publisher on record', ({ skip }) => {
  if (!existsSync(CAPTURES)) return skip(`${CAPTURES.pathname} is not there`)
  const names = readdirSync(CAPTURES)
    .filter((file) => file.endsWith('.c2s') && !OTHERS.test(file))
    .map((file) => file.slice(0, -'.c2s'.length))
  expect(names.toSorted()).toEqual(Object.keys(PUBLISHERS).toSorted())
})
