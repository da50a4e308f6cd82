import { UnsupportedError } from '@sluice/core'
import type { AudioTrack, Track, VideoTrack } from '@sluice/media'
import { audioSampleEntry } from '../box/audio-sample-entry.ts'
import type { BoxContent } from '../box/box.ts'
import { esds } from '../box/elementary-stream-descriptor-box.ts'
import { avcC, pasp, visualSampleEntry } from '../box/visual-sample-entry.ts'

/**
 * The sample entry of a track. A codec is added by a case here.
 *
 * Colour is left to the codec's own headers, which decoders obey anyway: a `colr` box could only repeat or
 * contradict them (ISO/IEC 23000-19 §9.2.2).
 *
 * @throws {UnsupportedError} `cmaf.init.unsupported_codec`.
 */
export function sampleEntry(track: Track): BoxContent {
  switch (track.codec) {
    case 'h264':
      return visualSampleEntry(
        { type: 'avc1', width: track.width, height: track.height },
        avcC(track.config),
        ...pixelAspectRatio(track),
      )
    case 'aac':
      return audioSampleEntry(
        { type: 'mp4a', channels: track.channels, sampleRate: track.sampleRate },
        esds(track.config),
      )
    default:
      throw unsupported(track)
  }
}

function pixelAspectRatio(track: VideoTrack): BoxContent[] {
  const [horizontal, vertical] = track.pixelAspectRatio
  return horizontal === vertical ? [] : [pasp(horizontal, vertical)]
}

function unsupported(track: VideoTrack | AudioTrack): UnsupportedError {
  return new UnsupportedError('cmaf.init.unsupported_codec', `${track.codec} in CMAF is not supported`, {
    details: { codec: track.codec },
  })
}
