import { timescale } from '@sluice/core'
import type { AudioTrack } from '../track.ts'
import { type Mp3FrameHeader, readMp3FrameHeader } from './frame-header.ts'

/**
 * Describes an MP3 stream by one of its frames. There is no configuration record: `config` is empty.
 *
 * @param frame - only read.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of `readMp3FrameHeader`.
 */
export function mp3Track(frame: Uint8Array): AudioTrack {
  const header = readMp3FrameHeader(frame)
  return {
    kind: 'audio',
    codec: 'mp3',
    codecString: mp3CodecString(header),
    sampleRate: header.sampleRate,
    channels: header.channels,
    samplesPerPacket: header.samples,
    timescale: timescale(header.sampleRate),
    config: new Uint8Array(),
  }
}

/**
 * RFC 6381 codec string: the object type that MP4 gives to audio of MPEG-1, or of MPEG-2 and its lower rates.
 *
 * @see RFC 6381 §3.3, ISO/IEC 14496-1 table 5
 */
export function mp3CodecString({ version }: Pick<Mp3FrameHeader, 'version'>): string {
  return version === 1 ? 'mp4a.6B' : 'mp4a.69'
}
