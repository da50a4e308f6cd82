import { type AmfValue, readAmf0Values } from '@sluice/amf'
import { ProtocolError, UnsupportedError } from '@sluice/core'
import type { VideoCodec } from '@sluice/media'
import { type UnsupportedBody, unsupported } from './unsupported-body.ts'
import type { VideoMetadataBody } from './video-body.ts'

/**
 * Reads what a video packet of type Metadata carries: names and values in turn. A name that repeats keeps its
 * last value; one without a value has undefined.
 *
 * @param bytes - what follows the FourCC.
 * @returns `unsupported` for AMF types without a value: the pictures are whole without them.
 * @throws {ProtocolError} `flv.video.bad_metadata` when something else stands where a name should;
 *   `amf.…` and `core.bytes.truncated` from AMF0.
 * @see Enhanced RTMP v2, Metadata Frame
 */
export function readVideoMetadata(codec: VideoCodec, bytes: Uint8Array): VideoMetadataBody | UnsupportedBody {
  const properties = new Map<string, AmfValue>()
  let values: readonly AmfValue[]
  try {
    values = readAmf0Values(bytes)
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error
    return unsupported(`video metadata cannot be read: ${error.message}`, 'video metadata', true)
  }
  for (let i = 0; i < values.length; i += 2) {
    const name = values[i]
    if (typeof name !== 'string') {
      throw new ProtocolError(
        'flv.video.bad_metadata',
        `value ${i} of a video metadata packet is a name, not ${typeof name}`,
        { details: { index: i }, spec: 'Enhanced RTMP v2, Metadata Frame' },
      )
    }
    properties.set(name, values[i + 1])
  }
  return { type: 'metadata', codec, properties }
}
