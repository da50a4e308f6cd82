import { ProtocolError, StateError, type Ticks, type Timescale, ticks } from '@sluice/core'
import type { AudioTrack, Packet, Track, VideoTrack } from '@sluice/media'
import { box, writeBoxes } from '../box/box.ts'
import { ftyp } from '../box/file-type-box.ts'
import { mvhd } from '../box/movie-header-box.ts'
import { trex } from '../box/track-extends-box.ts'
import { writeFragment } from '../fragment/fragment.ts'
import { rollDistance } from '../init/roll-distance.ts'
import { trak } from '../init/track-box.ts'

/** What a stream consists of: one track of either kind, or both. */
export interface FragmentedMp4Tracks {
  readonly video?: VideoTrack | undefined
  readonly audio?: AudioTrack | undefined
}

/** A track of the stream, with what each of its fragments says. */
interface StreamTrack {
  readonly track: Track
  readonly trackId: number
  readonly rollGroup: boolean
  /** Ticks that every sample claims to last. */
  readonly duration: number
  /** Ticks that every composition time contains, see `VIDEO_DELAY`. */
  readonly delay: Ticks
  /** Decode time of the newest fragment. */
  lastDecodeTime: number
}

const TRACK_IDS = { video: 1, audio: 2 } as const
const NEXT_TRACK_ID = 3

/** For a video track whose headers do not tell. */
const TYPICAL_FRAME_RATE = 30

/** 99 years at 90 kHz, which is also the farthest that `FragmentedMp4Reader` reads. */
const LATEST = 2 ** 48

/**
 * How much earlier than its decode time a picture may be shown, in seconds: encoders that count decode times without
 * their reorder delay give some pictures negative composition offsets. ffmpeg (5.1) shows everything after such a
 * picture later by as much. So each offset is written larger by this, and an edit list takes it off again.
 */
const VIDEO_DELAY = 1

/** Three hours at 90 kHz; the 24 bits of milliseconds in FLV reach 2.3. */
const LARGEST_OFFSET = 2 ** 30

/**
 * Writes packets as one fragmented MP4 for a decoder's standard input: with it a decoder that knows no Enhanced
 * RTMP gets every codec that MP4 can carry. It is no CMAF, where each track has a file of its own.
 *
 * Each packet is one fragment and leaves at once. Each states its own decode time, so a decoder sees exactly the
 * presentation times given, gaps included. A sample's duration is only known when the next packet comes, which is not
 * waited for: an estimate stands there, that of the frame rate or of an audio packet, and the next fragment's decode
 * time overrules it.
 *
 * Decode times have to rise, or ffmpeg drops packets. One that does not becomes a tick more than the one before, as in
 * the cutters: a picture keeps its presentation time even then, sound is presented when it is decoded.
 *
 * ```ts
 * const writer = new FragmentedMp4Writer({ video, audio })
 * stdin.write(writer.header())
 * for (const piece of writer.packet(packet)) stdin.write(piece)
 * ```
 */
export class FragmentedMp4Writer {
  readonly #streams: ReadonlyMap<Track['kind'], StreamTrack>
  readonly #timescale: Timescale
  #sequenceNumber = 0

  /** @throws {StateError} `cmaf.stream.no_track` when there is neither track. */
  constructor(tracks: FragmentedMp4Tracks) {
    const present = [tracks.video, tracks.audio].filter((track) => track !== undefined)
    const [first] = present
    if (first === undefined) throw new StateError('cmaf.stream.no_track', 'a stream without any track')
    this.#timescale = first.timescale
    this.#streams = new Map(present.map((track) => [track.kind, streamTrack(track)]))
  }

  /**
   * What the stream begins with: `ftyp` and `moov`, in an array of its own. Equal tracks give equal bytes.
   *
   * @throws {ProtocolError}, {UnsupportedError} and {StateError} as `writeInitSegment` does.
   * @see ISO/IEC 14496-12 §8.8
   */
  header(): Uint8Array {
    const streams = [...this.#streams.values()]
    return writeBoxes(
      ftyp('iso6'),
      box(
        'moov',
        mvhd(this.#timescale, NEXT_TRACK_ID),
        ...streams.map(({ track, trackId, delay }) => trak(track, { trackId, startsAt: delay })),
        box('mvex', ...streams.map(({ trackId }) => trex(trackId))),
      ),
    )
  }

  /**
   * One packet as `moof` and `mdat`.
   *
   * @returns pieces to be written one after another: new bytes up to the header of the `mdat`, then the packet's
   *   own `data`, not copied.
   * @throws {StateError} `cmaf.stream.other_track` for a packet of a kind that the stream has no track of,
   *   `cmaf.stream.decode_time_out_of_range` below 0 or beyond 2^48 ticks.
   * @throws {ProtocolError} `cmaf.stream.composition_offset_out_of_range` for a picture that is shown more than a
   *   second before its decode time, or 2^30 ticks or more after it.
   */
  packet(packet: Packet): readonly Uint8Array[] {
    const stream = this.#streams.get(packet.kind)
    if (stream === undefined) {
      throw new StateError('cmaf.stream.other_track', `a packet of ${packet.kind} in a stream without`)
    }
    const decodeTime = decodeTimeOf(packet, stream)
    const compositionOffset = packet.kind === 'video' ? compositionOffsetOf(packet, decodeTime, stream) : 0
    stream.lastDecodeTime = decodeTime
    this.#sequenceNumber = (this.#sequenceNumber % 0xffff_ffff) + 1
    return writeFragment({
      sequenceNumber: this.#sequenceNumber,
      trackId: stream.trackId,
      rollGroup: stream.rollGroup,
      baseDecodeTime: decodeTime,
      samples: [
        { duration: stream.duration, compositionOffset, keyframe: packet.keyframe, data: packet.data },
      ],
    })
  }
}

function streamTrack(track: Track): StreamTrack {
  return {
    track,
    trackId: TRACK_IDS[track.kind],
    rollGroup: rollDistance(track) !== undefined,
    duration: track.kind === 'video' ? frameDuration(track) : track.samplesPerPacket,
    delay: ticks(track.kind === 'video' ? VIDEO_DELAY * track.timescale : 0),
    lastDecodeTime: Number.NEGATIVE_INFINITY,
  }
}

/** A tick to a second, whatever frame rate the publisher's headers claim. */
function frameDuration({ timescale, frameRate = TYPICAL_FRAME_RATE }: VideoTrack): number {
  return Math.min(Math.max(1, Math.round(timescale / frameRate)), timescale)
}

function decodeTimeOf({ kind, dts }: Packet, { lastDecodeTime }: StreamTrack): Ticks {
  if (dts < 0 || dts > LATEST) {
    throw new StateError(
      'cmaf.stream.decode_time_out_of_range',
      `a decode time of ${dts} ticks in ${kind}, 0 to ${LATEST} can be written`,
      { details: { kind, dts } },
    )
  }
  return ticks(Math.max(dts, lastDecodeTime + 1))
}

function compositionOffsetOf({ pts }: Packet, decodeTime: Ticks, { delay }: StreamTrack): number {
  const offset = pts - decodeTime
  const smallest = 0 - delay
  if (offset < smallest || offset >= LARGEST_OFFSET) {
    throw new ProtocolError(
      'cmaf.stream.composition_offset_out_of_range',
      `a picture is shown ${offset} ticks after it is decoded, ${smallest} to ${LARGEST_OFFSET - 1} can be written`,
      { details: { offset } },
    )
  }
  return offset + delay
}
