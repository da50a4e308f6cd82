import { ProtocolError, timescale, UnsupportedError } from '@sluice/core'
import { BitWriter } from '../bits/bit-writer.ts'
import type { AudioTrack } from '../track.ts'
import { type Eac3FrameHeader, readEac3FrameHeader } from './eac3-frame.ts'
import { channelsOfMode, SAMPLES_PER_BLOCK } from './sync-frame.ts'

/** An independent substream, with what its dependent ones add. */
interface Eac3Substream {
  readonly header: Pick<Eac3FrameHeader, 'fscod' | 'bsid' | 'bsmod' | 'acmod' | 'lfe'>
  /** Dependent substreams on top of it, at most 8. */
  readonly dependents: number
  /** `chanmap` of these together: 16 bits, the first location in the highest. */
  readonly channelMap: number
}

const SPEC = 'ETSI TS 102 366 §E.1.3.1'

/** Locations of a `chanmap` that its five channels and low-frequency effects already have (table E.1.7). */
const OWN_LOCATIONS: readonly number[] = [0, 1, 2, 3, 4, 15]
/** Locations that are two channels: Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw, Vhl/Vhr, Lts/Rts. */
const PAIRS: readonly number[] = [5, 6, 9, 10, 11, 13]
const LOCATIONS = 16
/** Locations 5 to 12 are bits 0 to 7 of `chan_loc`, the second low-frequency channel is bit 8 (table F.6.1). */
const FIRST_EXTRA_LOCATION = 5
const SECOND_LFE_LOCATION = 14
const MAX_DATA_RATE = 0x1fff

/**
 * Describes an E-AC-3 stream by one of its packets: there is no configuration record, so `config` is made from it.
 *
 * @param packet - all frames of one access unit: those of the first independent substream and of others at the
 *   same time; only read.
 * @returns rate and channels of the first independent substream, what depends on it included; `config` is the
 *   payload of `dec3`.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of `readEac3FrameHeader`;
 *   `media.eac3.frame_truncated` for a packet that ends inside a frame, `media.eac3.substreams` for one that
 *   is empty or does not begin with an independent substream, and the code of `writeEc3SpecificBox`.
 */
export function eac3Track(packet: Uint8Array): AudioTrack {
  const frames = eac3Frames(packet)
  const [first] = frames
  const [main, ...others] = substreamsOf(frames)
  if (first === undefined || main === undefined) {
    throw new ProtocolError('media.eac3.substreams', 'an E-AC-3 packet without a frame', { spec: SPEC })
  }
  const blocks = frames
    .filter((frame) => !frame.dependent && frame.substream === first.substream)
    .reduce((sum, frame) => sum + frame.blocks, 0)
  const samplesPerPacket = blocks * SAMPLES_PER_BLOCK
  const bitRate = (packet.length * 8 * first.sampleRate) / samplesPerPacket
  return {
    kind: 'audio',
    codec: 'eac3',
    codecString: 'ec-3',
    sampleRate: first.sampleRate,
    channels: channelsOfMode(first.acmod, first.lfe) + addedChannels(main.channelMap),
    samplesPerPacket,
    timescale: timescale(first.sampleRate),
    config: writeEc3SpecificBox(bitRate, [main, ...others]),
  }
}

function eac3Frames(packet: Uint8Array): Eac3FrameHeader[] {
  const frames: Eac3FrameHeader[] = []
  for (let at = 0; at < packet.length; ) {
    const frame = readEac3FrameHeader(packet.subarray(at))
    const left = packet.length - at
    if (frame.size > left) {
      throw new ProtocolError(
        'media.eac3.frame_truncated',
        `an E-AC-3 frame of ${frame.size} bytes announced at offset ${at}, ${left} left`,
        { details: { size: frame.size, offset: at, left }, spec: SPEC },
      )
    }
    frames.push(frame)
    at += frame.size
  }
  return frames
}

/** Substreams in the order of their first frames; a packet of short frames names each several times. */
function substreamsOf(frames: readonly Eac3FrameHeader[]): Eac3Substream[] {
  const groups = new Map<number, { header: Eac3FrameHeader; dependents: Map<number, number> }>()
  let current: { dependents: Map<number, number> } | undefined
  for (const frame of frames) {
    if (!frame.dependent) {
      const group = groups.get(frame.substream) ?? { header: frame, dependents: new Map<number, number>() }
      groups.set(frame.substream, group)
      current = group
    } else if (current === undefined) {
      throw new ProtocolError('media.eac3.substreams', 'an E-AC-3 packet begins with a dependent substream', {
        spec: SPEC,
      })
    } else current.dependents.set(frame.substream, frame.channelMap ?? 0)
  }
  return [...groups.values()].map(({ header, dependents }) => ({
    header,
    dependents: dependents.size,
    channelMap: [...dependents.values()].reduce((all, map) => all | map, 0),
  }))
}

/** Channels at locations that an independent substream does not have. */
function addedChannels(channelMap: number): number {
  let channels = 0
  for (let location = 0; location < LOCATIONS; location++) {
    if (OWN_LOCATIONS.includes(location) || !hasLocation(channelMap, location)) continue
    channels += PAIRS.includes(location) ? 2 : 1
  }
  return channels
}

function hasLocation(channelMap: number, location: number): boolean {
  return ((channelMap >> (LOCATIONS - 1 - location)) & 1) === 1
}

/**
 * The payload of an EC3SpecificBox.
 *
 * @param bitRate - bits per second of all substreams together; written in kbit/s.
 * @param substreams - 1 to 8 independent ones.
 * @throws {UnsupportedError} `media.eac3.bit_rate` for a rate that 13 bits cannot hold.
 * @see ETSI TS 102 366 §F.6
 */
function writeEc3SpecificBox(bitRate: number, substreams: readonly Eac3Substream[]): Uint8Array {
  const dataRate = Math.round(bitRate / 1000)
  if (dataRate > MAX_DATA_RATE) {
    throw new UnsupportedError(
      'media.eac3.bit_rate',
      `${dataRate} kbit/s; a dec3 holds up to ${MAX_DATA_RATE}`,
      {
        details: { dataRate, max: MAX_DATA_RATE },
        spec: 'ETSI TS 102 366 §F.6.2.2',
      },
    )
  }
  const writer = new BitWriter().bits(dataRate, 13).bits(substreams.length - 1, 3)
  for (const { header, dependents, channelMap } of substreams) {
    writer.bits(header.fscod, 2).bits(header.bsid, 5)
    writer.bits(0, 1).flag(false) // reserved; asvc: no associated services, each is played by itself
    writer.bits(header.bsmod, 3).bits(header.acmod, 3).flag(header.lfe)
    writer.bits(0, 3).bits(dependents, 4)
    if (dependents > 0) writer.bits(channelLocations(channelMap), 9)
    else writer.bits(0, 1)
  }
  return writer.finish()
}

/** `chan_loc`: the added locations of a `chanmap`, the first of them in the lowest bit. */
function channelLocations(channelMap: number): number {
  let bits = hasLocation(channelMap, SECOND_LFE_LOCATION) ? 1 << 8 : 0
  for (let bit = 0; bit < 8; bit++) {
    if (hasLocation(channelMap, FIRST_EXTRA_LOCATION + bit)) bits |= 1 << bit
  }
  return bits
}
