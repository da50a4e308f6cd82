import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { ProtocolError, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { piecesOf } from '../testing/bytes.ts'
import { clientHandshake, feed, newSession } from '../testing/client.ts'
import { thrown } from '../testing/errors.ts'
import type { ServerSession } from './server-session.ts'

const FIXTURES = new URL('../../fixtures/', import.meta.url)
/** Recordings that are too many to copy: read in place, skipped where they are absent. */
const SHARED = new URL('../../../../../shared/captures/', import.meta.url)

/** Everything a replay gives, in a form to compare. */
interface Replay {
  app: string
  streamName: string
  query: string
  flashVer: string | undefined
  /** Codecs offered in `connect`; undefined where nothing of Enhanced RTMP is. */
  fourCcList: readonly string[] | undefined
  metadata: number
  audio: number
  video: number
  /** By what it finished; undefined where the recording is cut. */
  finished: string | undefined
  ignored: string[]
  state: string
}

interface Detail {
  replay: Replay
  /** Every media message: its type, timestamp and payload. */
  digest: string
  audioTimes: number[]
  videoTimes: number[]
}

function replay(bytes: Uint8Array, pieceSize: number): Detail {
  const session = newSession()
  const hash = createHash('sha256')
  const result: Replay = {
    app: '',
    streamName: '',
    query: '',
    flashVer: undefined,
    fourCcList: undefined,
    metadata: 0,
    audio: 0,
    video: 0,
    finished: undefined,
    ignored: [],
    state: '',
  }
  const detail: Detail = { replay: result, digest: '', audioTimes: [], videoTimes: [] }
  const accept = (one: ServerSession): void => one.acceptPublish()
  for (const piece of piecesOf(bytes, pieceSize)) {
    for (const event of feed(session, piece, accept)) {
      if (event.type === 'publish-requested') {
        result.app = event.app
        result.streamName = event.streamName
        result.query = event.query
        result.flashVer = event.client.flashVer
        result.fourCcList = event.client.enhanced?.fourCcList
      } else if (event.type === 'metadata') {
        result.metadata += 1
      } else if (event.type === 'audio' || event.type === 'video') {
        result[event.type] += 1
        detail[event.type === 'audio' ? 'audioTimes' : 'videoTimes'].push(event.timestamp)
        hash.update(`${event.type} ${event.timestamp} ${event.payload.length} `).update(event.payload)
      } else if (event.type === 'publish-finished') {
        result.finished = event.by
      } else if (event.type === 'ignored') {
        result.ignored.push(`${event.what}: ${event.reason}`)
      }
    }
    session.output()
  }
  result.state = session.state
  detail.digest = hash.digest('hex')
  return detail
}

type Expected = Partial<Replay> & {
  readonly audio: number
  readonly video: number
  readonly metadata: number
}

const FFMPEG = { finished: 'FCUnpublish', state: 'connected' }
const OBS = { ...FFMPEG, flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)' }
const CUT = { finished: undefined, state: 'publishing' }

/** What is in the recordings: media message counts include sequence headers and end-of-sequence messages. */
const PUBLISHERS: Readonly<Record<string, Expected>> = {
  'ffmpeg-5.1-avc-aac': { ...FFMPEG, streamName: 'k1', metadata: 1, audio: 132, video: 79 },
  'ffmpeg-7.1-hevc-aac': {
    ...FFMPEG,
    streamName: 'k2',
    fourCcList: ['hvc1'],
    metadata: 1,
    audio: 96,
    video: 52,
  },
  'ffmpeg-9.0-av1-opus': {
    ...FFMPEG,
    streamName: 'k3',
    fourCcList: ['av01', 'Opus'],
    metadata: 1,
    audio: 103,
    video: 52,
  },
  'ffmpeg-9.0-vp9-flac': {
    ...FFMPEG,
    streamName: 'k4',
    fourCcList: ['vp09', 'fLaC'],
    metadata: 1,
    audio: 52,
    video: 27,
  },
  'ffmpeg-9.0-multitrack': {
    ...FFMPEG,
    streamName: 'k5',
    fourCcList: ['avc1', 'hvc1', 'mp4a', 'Opus'],
    metadata: 1,
    audio: 199,
    video: 104,
  },
  'ffmpeg-9.0-ac3': { ...FFMPEG, streamName: 'k6', metadata: 1, audio: 34, video: 27 },
  'gstreamer-1.22-rtmp2sink': { ...FFMPEG, streamName: 'k7', metadata: 8, audio: 81, video: 52 },
  'gstreamer-1.22-rtmpsink-librtmp': {
    ...FFMPEG,
    flashVer: undefined,
    streamName: 'k8',
    metadata: 8,
    audio: 81,
    video: 52,
  },
  'gstreamer-1.28-eflvmux': { ...CUT, streamName: 'k9', metadata: 16, audio: 42, video: 30 },
  'lal-0.37-go': { ...CUT, streamName: 'k10', metadata: 1, audio: 18, video: 11 },
  'obs-29.0-avc-aac': { ...OBS, streamName: 'o29', metadata: 1, audio: 142, video: 91 },
  'obs-30.2-avc-aac': { ...CUT, streamName: 'o1', metadata: 1, audio: 126, video: 82 },
  'obs-32.2-avc-aac-bframes': { ...CUT, streamName: 'o2', metadata: 1, audio: 127, video: 83 },
  'obs-32.2-av1-aac': { ...OBS, streamName: 'o3', metadata: 1, audio: 60, video: 39 },
  'obs-32.2-vod-audio-track': { ...CUT, streamName: 'o4', metadata: 1, audio: 158, video: 51 },
  'obs-32.2-opus-mislabelled': { ...OBS, streamName: 'o5', metadata: 1, audio: 62, video: 38 },
  'obs-32.2-multitrack-video': {
    ...OBS,
    streamName: 'o6',
    query: 'clientConfigId=gw1',
    metadata: 1,
    audio: 139,
    video: 135,
  },
}

/** Of the recordings: enough for every command up to `publish`, and some media. */
const COMMAND_BYTES = 1500

/** Recordings whose last message is a SequenceEnd at timestamp 0. */
const REWINDS = new Set(['obs-32.2-av1-aac', 'obs-32.2-multitrack-video', 'obs-32.2-opus-mislabelled'])

function recording(name: string): Uint8Array | undefined {
  const file = [FIXTURES, SHARED]
    .map((folder) => new URL(`${name}.c2s`, folder))
    .find((one) => existsSync(one))
  return file === undefined ? undefined : readFileSync(file)
}

function isRising(times: readonly number[]): boolean {
  return times.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0))
}

describe('publishers on record', () => {
  it.for(Object.entries(PUBLISHERS))('%s', ([name, expected], { skip }) => {
    const bytes = recording(name)
    if (bytes === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    const whole = replay(bytes, bytes.length)
    expect(whole.replay).toMatchObject({
      app: 'live',
      query: '',
      fourCcList: undefined,
      ignored: [],
      ...expected,
    })
    const videoTimes = REWINDS.has(name) ? whole.videoTimes.slice(0, -1) : whole.videoTimes
    expect(isRising(whole.audioTimes)).toBe(true)
    expect(isRising(videoTimes)).toBe(true)
    for (const size of [1, 7, 1460, 65_536]) expect(replay(bytes, size)).toEqual(whole)
  })

  it.for(Object.keys(PUBLISHERS))('%s: its commands, cut in two at every byte', (name, { skip }) => {
    const bytes = recording(name)
    if (bytes === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    const opening = bytes.subarray(0, clientHandshake().length + COMMAND_BYTES)
    const whole = replay(opening, opening.length)
    expect(whole.replay.state).toBe('publishing')
    for (let at = clientHandshake().length - 1; at < opening.length; at++) {
      // The second piece is shorter than the first one: there are two.
      expect(replay(opening, at), `cut at ${at}`).toEqual(whole)
    }
  })

  it('go-oryx-lib connects without app', () => {
    const bytes = readFileSync(new URL('srs-bench-go-connect-without-app.c2s', FIXTURES))
    for (const size of [1, 7, 1460, bytes.length]) {
      const session = newSession()
      const events = [...piecesOf(bytes, size)].flatMap((piece) => feed(session, piece))
      expect(events).toMatchObject([{ type: 'connect', client: { app: 'live', query: '' } }])
      expect(session.state).toBe('connected')
    }
  })

  it('are all of those that were recorded', ({ skip }) => {
    if (!existsSync(SHARED)) return skip(`${SHARED.pathname} is absent`)
    const names = readdirSync(SHARED)
      .filter((file) => file.endsWith('.c2s') && !/^(?:play|tunnel|srs-bench)-/.test(file))
      .map((file) => file.slice(0, -'.c2s'.length))
    expect(names.toSorted()).toEqual(Object.keys(PUBLISHERS).toSorted())
  })
})

describe('publishers on record that come another way', () => {
  it.for([
    ['tunnel-rtmpsink-rtmpt', ProtocolError, 'rtmp.handshake.http'],
    ['tunnel-ffmpeg-5.1-rtmpt', ProtocolError, 'rtmp.handshake.http'],
    ['tunnel-rtmpsink-rtmpte', ProtocolError, 'rtmp.handshake.http'],
    ['tunnel-rtmpsink-rtmpe', UnsupportedError, 'rtmp.handshake.encrypted'],
  ] as const)('%s is refused', ([name, kind, code], { skip }) => {
    const bytes = recording(name)
    if (bytes === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    for (const size of [1, 7, 1460, bytes.length]) {
      const error = thrown(() => replay(bytes, size))
      expect(error).toBeInstanceOf(kind)
      expect(error).toHaveProperty('code', code)
    }
  })
})

describe('players on record', () => {
  it.for([
    ['play-ffmpeg-5.1', 'live', 'pz', -1000],
    ['play-ffmpeg-9.0', 'live', 'pz', -1000],
    ['play-gstreamer-rtmp2src', 'live', 'pz', -2],
    ['play-rtmpdump-2.4', 'live', 'pz', -1000],
    ['play-vlc-3.0', 'live', 'pz', -2000],
    ['public/ffmpeg-4.4-play-listen', 'test_stream', '', -2000],
    ['public/flash10-play-fms35', 'ondemand/content-vod-storage1', '0/1/1/1514/1514287/1_192254_1514287', -2],
  ] as const)('%s', ([name, app, streamName, start], { skip }) => {
    const bytes = recording(name)
    if (bytes === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    for (const size of [1, 7, 1460, bytes.length]) {
      const session = newSession()
      const events = [...piecesOf(bytes, size)].flatMap((piece) => feed(session, piece))
      expect(events.at(-1)).toMatchObject({
        type: 'play-requested',
        app,
        streamName,
        start,
        messageStreamId: 1,
      })
    }
  })

  it.for([
    // What each says before, while and after it is told that it plays.
    ['play-ffmpeg-5.1', ['play-finished']],
    ['play-ffmpeg-9.0', ['play-finished']],
    ['play-gstreamer-rtmp2src', []],
    ['play-rtmpdump-2.4', ['play-finished']],
    ['play-vlc-3.0', ['play-finished']],
    ['public/ffmpeg-4.4-play-listen', ['play-finished']],
    [
      'public/flash10-play-fms35',
      [
        'command _error: answer to no call',
        'command _error: answer to no call',
        'command receiveVideo: not playing there',
        'unpause',
        'command pauseRaw: unknown command',
        'command pauseRaw: unknown command',
        'pause',
        'command seek: live',
        'play-finished',
      ],
    ],
  ] as const)('%s plays to its end', ([name, said], { skip }) => {
    const bytes = recording(name)
    if (bytes === undefined) return skip(`${name}.c2s is not in ${SHARED.pathname}`)
    for (const size of [1, 7, 1460, bytes.length]) {
      const session = newSession()
      const heard: string[] = []
      for (const piece of piecesOf(bytes, size)) {
        session.receive(piece)
        for (const event of session.events()) {
          if (event.type === 'play-requested') session.acceptPlay()
          else if (event.type !== 'ignored') heard.push(event.type)
          else if (event.what !== 'user control set-buffer-length')
            heard.push(`${event.what}: ${event.reason}`)
        }
        session.output()
      }
      const [connected, ...rest] = heard
      expect([connected, rest]).toEqual(['connect', said])
    }
  })
})
