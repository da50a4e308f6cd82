import { ByteReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** The identification header of an Opus stream. */
export interface OpusHead {
  /** Channels that come out of the decoder, 1 to 255. */
  readonly channels: number
  /** Samples at 48 kHz that a decoder throws away at the start. */
  readonly preSkip: number
  /** Hz of what went into the encoder; 0 when unknown. Decoders give 48 kHz whatever this says. */
  readonly inputSampleRate: number
  /** By how much to change the loudness, in 1/256 dB. */
  readonly outputGain: number
  /** Undefined for family 0: mono or stereo in one Opus stream. */
  readonly mapping: OpusChannelMapping | undefined
}

/** How the decoded channels of several Opus streams become the output channels. */
export interface OpusChannelMapping {
  /** 1 surround sound in Vorbis order, 2 and 3 ambisonics, 255 no meaning given. */
  readonly family: number
  /** Opus streams in each packet, at least 1. */
  readonly streams: number
  /** How many of them, the first ones, are stereo. */
  readonly coupledStreams: number
  /** For each output channel the decoded channel it takes, 255 for silence. Family 3 has a matrix here instead. */
  readonly table: Uint8Array
}

const HEAD: Structure = { name: 'an OpusHead', code: 'media.opus.head', spec: 'RFC 7845 §5.1' }

const MAGIC = 'OpusHead'
/** Versions below this may add fields behind those known; from here on the layout is another. */
const FIRST_INCOMPATIBLE_VERSION = 16
const SILENT_CHANNEL = 255
/** Ambisonics with a demixing matrix: two bytes for each decoded channel of each output channel (RFC 8486 §3.2). */
const FAMILY_WITH_MATRIX = 3

/** Samples per second of every Opus decoder: the clock of pre-skip and packet durations. */
export const OPUS_SAMPLE_RATE = 48_000

/**
 * Reads an OpusHead. Bytes behind its fields are left alone.
 *
 * @returns `mapping.table` is a view of `bytes`.
 * @throws {ProtocolError} `media.opus.head_truncated`, `media.opus.head_magic`, `media.opus.head_invalid` for
 *   no channels, more than two of family 0, or a mapping to a decoded channel that does not exist.
 * @throws {UnsupportedError} `media.opus.head_version` from version 16 on.
 * @see RFC 7845 §5.1, RFC 8486 §3
 */
export function readOpusHead(bytes: Uint8Array): OpusHead {
  return readStructure(HEAD, bytes.length, () => readHead(new ByteReader(bytes)))
}

function readHead(reader: ByteReader): OpusHead {
  const magic = reader.ascii(MAGIC.length)
  if (magic !== MAGIC) {
    throw new ProtocolError('media.opus.head_magic', `an Opus header begins with ${MAGIC}`, {
      spec: HEAD.spec,
    })
  }
  const version = reader.u8()
  if (version >= FIRST_INCOMPATIBLE_VERSION) {
    throw new UnsupportedError(
      'media.opus.head_version',
      `OpusHead versions below ${FIRST_INCOMPATIBLE_VERSION} are handled, not ${version}`,
      { details: { version }, spec: HEAD.spec },
    )
  }
  const channels = reader.u8()
  const preSkip = u16le(reader)
  const inputSampleRate = reader.u32le()
  const outputGain = (u16le(reader) << 16) >> 16
  const family = reader.u8()
  if (channels === 0 || (family === 0 && channels > 2)) {
    invalid(`${channels} channels in mapping family ${family}`)
  }
  const mapping = family === 0 ? undefined : readMapping(reader, family, channels)
  return { channels, preSkip, inputSampleRate, outputGain, mapping }
}

function u16le(reader: ByteReader): number {
  return reader.u8() | (reader.u8() << 8)
}

/** @see RFC 7845 §5.1.1, RFC 8486 §3.2 */
function readMapping(reader: ByteReader, family: number, channels: number): OpusChannelMapping {
  const streams = reader.u8()
  const coupledStreams = reader.u8()
  const decoded = streams + coupledStreams
  if (streams === 0 || coupledStreams > streams || decoded > 255) {
    invalid(`${streams} streams, ${coupledStreams} of them coupled`)
  }
  if (family === FAMILY_WITH_MATRIX) {
    return { family, streams, coupledStreams, table: reader.bytes(2 * decoded * channels) }
  }
  const table = reader.bytes(channels)
  for (const index of table) {
    if (index >= decoded && index !== SILENT_CHANNEL) invalid(`channel ${index} of ${decoded}`)
  }
  return { family, streams, coupledStreams, table }
}

function invalid(reason: string): never {
  throw new ProtocolError('media.opus.head_invalid', `no OpusHead has ${reason}`, { spec: HEAD.spec })
}
