import { FlvReader, FlvTagType, readAudioBody, readVideoBody } from '@sluice/flv'
import type { AudioCodec, VideoCodec } from '@sluice/media'
import { recordedFlv } from './captures.ts'

/** Of each recording: sequence headers come first, and again at the end. */
const BODIES = 24

/** Tag bodies of one type as real encoders sent them. */
export function recordedBodies(tagType: FlvTagType): Uint8Array[] {
  return recordedFlv().flatMap(({ bytes }) => {
    const reader = new FlvReader()
    reader.receive(bytes)
    const bodies = reader
      .events()
      .flatMap((event) => (event.type === 'tag' && event.tagType === tagType ? [event.body] : []))
    return [...bodies.slice(0, BODIES), ...bodies.slice(-2)]
  })
}

/** A codec's record, and a frame that was sent after it. */
export interface RecordedTrack<Codec> {
  readonly codec: Codec
  readonly record: Uint8Array
  readonly frame: Uint8Array
}

/** What real encoders announced their video as. */
export function recordedVideo(): RecordedTrack<VideoCodec>[] {
  return pairs(recordedBodies(FlvTagType.video).map((body) => readVideoBody(body)))
}

/** What real encoders announced their audio as. */
export function recordedAudio(): RecordedTrack<AudioCodec>[] {
  return pairs(recordedBodies(FlvTagType.audio).map((body) => readAudioBody(body)))
}

type Body<Codec> =
  | { readonly type: 'config'; readonly codec: Codec; readonly record: Uint8Array }
  | { readonly type: 'frame'; readonly codec: Codec; readonly data: Uint8Array }

/** Each record with the next frame of its codec, and every frame of codecs that have no record. */
function pairs<Codec>(
  bodies: readonly (Body<Codec> | { readonly type: Exclude<string, 'config' | 'frame'> })[],
): RecordedTrack<Codec>[] {
  const tracks: RecordedTrack<Codec>[] = []
  /** Undefined where a record has its frame. */
  const records = new Map<Codec, Uint8Array | undefined>()
  for (const body of bodies) {
    if (!isBody<Codec>(body)) continue
    const { codec } = body
    if (body.type === 'config') records.set(codec, body.record)
    else if (!records.has(codec)) tracks.push({ codec, record: new Uint8Array(), frame: body.data })
    else {
      const record = records.get(codec)
      records.set(codec, undefined)
      if (record !== undefined) tracks.push({ codec, record, frame: body.data })
    }
  }
  return tracks
}

function isBody<Codec>(body: { readonly type: string }): body is Body<Codec> {
  return body.type === 'config' || body.type === 'frame'
}
