import { rescale, type Ticks, timescale, UnsupportedError } from '@sluice/core'
import {
  type AudioTrack,
  type Packet,
  readAudioSpecificConfig,
  readAvcDecoderConfigurationRecord,
  type Track,
  type VideoTrack,
} from '@sluice/media'
import { adtsHeaders } from './adts.ts'
import { annexB } from './annex-b.ts'
import { CLOCK_RATE, elementaryHeader, StreamId } from './elementary-packet.ts'
import {
  PAT_PID,
  PMT_PID,
  type ProgramStream,
  programAssociation,
  programMap,
  StreamType,
} from './program-tables.ts'
import { type ElementaryUnit, missingPackets, packetsOf, TransportPackets } from './transport-packets.ts'

/** The packets of one track, in decode order. Times are ticks of the track's timescale; a decode time may be below 0. */
export interface ElementaryInput<T extends Track> {
  readonly track: T
  readonly packets: readonly Packet[]
}

/** What one segment is made of; a track that the rendition does not have is left out. */
export interface TransportStreamInput {
  /** The segment's number: segments of neighbouring numbers continue each other. */
  readonly segment: number
  readonly video?: ElementaryInput<VideoTrack> | undefined
  /** `silent` where the rendition has sound and this segment has none of it: what a program consists of never changes. */
  readonly audio?: ElementaryInput<AudioTrack> | 'silent' | undefined
}

const VIDEO_PID = 0x100
const AUDIO_PID = 0x101
const CLOCK: ReturnType<typeof timescale> = timescale(CLOCK_RATE)
/** Time stamps are this far ahead of the media's times, so that decode times of reordered frames stay above 0: ten seconds. */
const TIMESTAMP_OFFSET = 10 * CLOCK_RATE
/** What is on its way has this long until it is decoded: the clock is behind decode times by so much, 0.7 s. */
const CLOCK_DELAY = 0.7 * CLOCK_RATE
/** Longest time without a clock reference. ISO/IEC 13818-1 §2.7.2 allows a tenth of a second. */
const CLOCK_INTERVAL = 0.09 * CLOCK_RATE
/** Sound of about so long goes into one PES packet, so that headers stay few and pictures need not wait. */
const AUDIO_UNIT_SECONDS = 0.1
/** A PES packet has one time stamp: sound that is farther from where it would follow than this begins another, in seconds. */
const AUDIO_GAP_SECONDS = 0.001

/** A PES packet and when it is due, in ticks of the clock. */
interface Due {
  readonly at: number
  readonly unit: ElementaryUnit
}

/**
 * Writes one HLS segment: PAT and PMT, then all packets of both tracks, ordered by decode time.
 *
 * Continuity counters of pictures and sound go from 0 to 15 in every segment: a PES packet is spread over some packets more than it needs.
 * So segments that are made apart, by whichever origin, continue each other.
 *
 * @throws {UnsupportedError} `mpegts.codec` for anything but H.264 and AAC; `mpegts.adts.unrepresentable`
 * @throws {ProtocolError} of `@sluice/media`, for configurations or access units that are damaged.
 * @see ISO/IEC 13818-1 §2.4; RFC 8216 §3.2
 */
export function writeTransportStream({ segment, video, audio }: TransportStreamInput): Uint8Array {
  const clockPid = video === undefined ? AUDIO_PID : VIDEO_PID
  const pictures = video === undefined ? [] : videoUnits(video)
  const sounds = audio === undefined || audio === 'silent' ? [] : audioUnits(audio, clockPid === AUDIO_PID)
  const due = [...pictures, ...sounds].sort((a, b) => a.at - b.at)
  const clocks = missingClocks(due)
  const [pictureCount, soundCount] = [count(pictures), count(sounds)]
  const extra = new Map([
    [pictures[0], missingPackets(pictureCount)],
    [sounds[0], missingPackets(soundCount)],
  ])
  const sum = pictureCount + soundCount + [...extra.values()].reduce((all, each) => all + each, 0)

  const packets = new TransportPackets(2 + sum + clocks.size)
  packets.section(PAT_PID, programAssociation(), segment)
  packets.section(PMT_PID, programMap(streamsOf({ video, audio }), clockPid), segment)
  for (const each of due) {
    if (clocks.has(each)) packets.clock(clockPid, each.at - CLOCK_DELAY)
    packets.unit(each.unit, extra.get(each) ?? 0)
  }
  return packets.finish()
}

function streamsOf({ video, audio }: Pick<TransportStreamInput, 'video' | 'audio'>): ProgramStream[] {
  return [
    ...(video === undefined ? [] : [{ pid: VIDEO_PID, type: StreamType.h264 }]),
    ...(audio === undefined ? [] : [{ pid: AUDIO_PID, type: StreamType.aacWithAdts }]),
  ]
}

function count(units: readonly Due[]): number {
  return units.reduce((sum, { unit }) => sum + packetsOf(unit), 0)
}

/** Those before which a clock reference has to stand alone: pictures of a low rate do not bring enough of them. */
function missingClocks(due: readonly Due[]): ReadonlySet<Due> {
  const missing = new Set<Due>()
  let last: number | undefined
  for (const each of due) {
    if (each.unit.clock !== undefined) last = each.at
    else if (last === undefined || each.at - last > CLOCK_INTERVAL) {
      missing.add(each)
      last = each.at
    }
  }
  return missing
}

function videoUnits({ track, packets }: ElementaryInput<VideoTrack>): Due[] {
  requireCodec(track, 'h264')
  const record = readAvcDecoderConfigurationRecord(track.config)
  return packets.map((packet) => {
    const [dts, pts] = [clockTime(packet.dts, track), clockTime(packet.pts, track)]
    const pieces = annexB(packet, record)
    return {
      at: dts,
      unit: elementaryUnit(VIDEO_PID, StreamId.video, { pts, dts }, pieces, {
        randomAccess: packet.keyframe,
        clock: dts - CLOCK_DELAY,
      }),
    }
  })
}

function audioUnits({ track, packets }: ElementaryInput<AudioTrack>, hasClock: boolean): Due[] {
  requireCodec(track, 'aac')
  const headerOf = adtsHeaders(readAudioSpecificConfig(track.config))
  return groupsOf(packets, track).map((group) => {
    const [first] = group
    const pts = clockTime(first.pts, track)
    const pieces = group.flatMap(({ data }) => [headerOf(data.length), data])
    return {
      at: pts,
      unit: elementaryUnit(AUDIO_PID, StreamId.audio, { pts, dts: pts }, pieces, {
        randomAccess: true,
        clock: hasClock ? pts - CLOCK_DELAY : undefined,
      }),
    }
  })
}

/** Frames that follow each other, as many as go into one PES packet. */
function groupsOf(packets: readonly Packet[], track: AudioTrack): [Packet, ...Packet[]][] {
  const { samplesPerPacket, timescale: rate } = track
  const most = Math.max(1, Math.floor((AUDIO_UNIT_SECONDS * rate) / samplesPerPacket))
  const groups: [Packet, ...Packet[]][] = []
  let follows = Number.NaN
  for (const packet of packets) {
    const group = groups.at(-1)
    const continues = Math.abs(packet.pts - follows) <= AUDIO_GAP_SECONDS * rate
    if (group !== undefined && continues && group.length < most) group.push(packet)
    else groups.push([packet])
    follows = packet.pts + samplesPerPacket
  }
  return groups
}

function elementaryUnit(
  pid: number,
  streamId: (typeof StreamId)[keyof typeof StreamId],
  times: { readonly pts: number; readonly dts: number },
  pieces: readonly Uint8Array[],
  marks: Pick<ElementaryUnit, 'randomAccess' | 'clock'>,
): ElementaryUnit {
  const payload = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const header = elementaryHeader(streamId, times, payload)
  return { pid, header, pieces, size: header.length + payload, ...marks }
}

function clockTime(time: Ticks, track: Track): number {
  return rescale(time, track.timescale, CLOCK) + TIMESTAMP_OFFSET
}

function requireCodec({ codec }: Track, wanted: 'h264' | 'aac'): void {
  if (codec === wanted) return
  throw new UnsupportedError(
    'mpegts.codec',
    `${codec} is not written to transport streams, only H.264 and AAC are`,
  )
}
