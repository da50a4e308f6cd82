import { assertNever } from '@sluice/core'
import type { AudioTrack, Track, VideoTrack } from '@sluice/media'
import { dac3, dec3 } from '../box/ac3-specific-boxes.ts'
import { audioSampleEntry } from '../box/audio-sample-entry.ts'
import { av1C } from '../box/av1-configuration-box.ts'
import type { BoxContent } from '../box/box.ts'
import { clli, colr, mdcv } from '../box/colour-boxes.ts'
import { esds, ObjectType } from '../box/elementary-stream-descriptor-box.ts'
import { dfLa, flacSampleSize } from '../box/flac-specific-box.ts'
import { hvcC } from '../box/hevc-configuration-box.ts'
import { dOps } from '../box/opus-specific-box.ts'
import { avcC, pasp, visualSampleEntry } from '../box/visual-sample-entry.ts'
import { vp8ConfigurationRecord, vpcC } from '../box/vp-codec-configuration-box.ts'

/** MP3 of lower rates is MPEG-2's. @see ISO/IEC 13818-3 §2.4.2.3 */
const LOWEST_RATE_OF_MPEG_1 = 32_000
const LARGEST_RATE = 0xffff

/**
 * The sample entry of a track. A codec is added by a case here.
 *
 * Colours are repeated in boxes: players decide by them, before anything is decoded, whether they can show the video. They
 * never contradict the codec's own headers, see `mergeColours` (ISO/IEC 23000-19 §9.2.2).
 *
 * @throws {ProtocolError} and {UnsupportedError} of the codec's configuration box, for a `config` that is not
 * what `Track` says it is.
 */
export function sampleEntry(track: Track): BoxContent {
  return track.kind === 'video' ? videoEntry(track) : audioEntry(track)
}

function videoEntry(track: VideoTrack): BoxContent {
  const { type, configuration } = videoCodec(track)
  const { width, height } = track
  return visualSampleEntry(
    { type, width, height },
    configuration,
    ...pixelAspectRatio(track),
    ...colours(track),
  )
}

function videoCodec(track: VideoTrack): { readonly type: string; readonly configuration: BoxContent } {
  switch (track.codec) {
    case 'h264':
      return { type: 'avc1', configuration: avcC(track.config) }
    case 'hevc':
      return { type: 'hvc1', configuration: hvcC(track.config) }
    case 'av1':
      return { type: 'av01', configuration: av1C(track.config) }
    case 'vp9':
      return { type: 'vp09', configuration: vpcC(track.config) }
    case 'vp8':
      return { type: 'vp08', configuration: vpcC(vp8ConfigurationRecord(track.codecString)) }
    default:
      return assertNever(track.codec)
  }
}

function pixelAspectRatio(track: VideoTrack): BoxContent[] {
  const [horizontal, vertical] = track.pixelAspectRatio
  return horizontal === vertical ? [] : [pasp(horizontal, vertical)]
}

function colours({ colour = {} }: VideoTrack): BoxContent[] {
  const { description, masteringDisplay, contentLight } = colour
  return [
    ...(description === undefined ? [] : [colr(description)]),
    ...(masteringDisplay === undefined ? [] : [mdcv(masteringDisplay)]),
    ...(contentLight === undefined ? [] : [clli(contentLight)]),
  ]
}

function audioEntry(track: AudioTrack): BoxContent {
  const { channels, sampleRate, config } = track
  switch (track.codec) {
    case 'aac':
      return audioSampleEntry({ type: 'mp4a', channels, sampleRate }, esds(ObjectType.mpeg4Audio, config))
    case 'mp3': {
      const objectType = sampleRate < LOWEST_RATE_OF_MPEG_1 ? ObjectType.mpeg2Audio : ObjectType.mpeg1Audio
      return audioSampleEntry({ type: 'mp4a', channels, sampleRate }, esds(objectType, config))
    }
    case 'opus':
      return audioSampleEntry({ type: 'Opus', channels, sampleRate }, dOps(config))
    case 'flac':
      return audioSampleEntry(
        { type: 'fLaC', channels, sampleRate: flacEntryRate(sampleRate), sampleSize: flacSampleSize(config) },
        dfLa(config),
      )
    case 'ac3':
      return audioSampleEntry({ type: 'ac-3', channels, sampleRate }, dac3(config))
    case 'eac3':
      return audioSampleEntry({ type: 'ec-3', channels, sampleRate }, dec3(config))
    default:
      return assertNever(track.codec)
  }
}

/**
 * The rate halved until it fits the entry's field, the largest value when that leaves a fraction.
 *
 * @see Encapsulation of FLAC in ISO Base Media File Format v1.0 §3.3.1
 */
function flacEntryRate(sampleRate: number): number {
  let rate = sampleRate
  while (rate > LARGEST_RATE) rate /= 2
  return Number.isInteger(rate) ? rate : LARGEST_RATE
}
