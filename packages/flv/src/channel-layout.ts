import { u8, u32be } from './enhanced-header.ts'
import { type UnsupportedBody, unsupported } from './unsupported-body.ts'

/** Which loudspeaker each channel is for. Claims: the codec's own headers decide how many channels there are. */
export type ChannelLayout =
  | {
      /** Only their number is known. */
      readonly order: 'unspecified'
      readonly channels: number
    }
  | {
      /** In the order of the mask's bits, lowest first. */
      readonly order: 'native'
      readonly channels: number
      /** Bit 0 front left, bit 1 front right, bit 2 centre, bit 3 low frequency, … (AudioChannelMask). */
      readonly mask: number
    }
  | {
      /** As listed. */
      readonly order: 'custom'
      readonly channels: number
      /** One AudioChannel number a channel, 0xfe unused, 0xff unknown. A view of the payload. */
      readonly positions: Uint8Array
    }

const UNSPECIFIED = 0
const NATIVE = 1
const CUSTOM = 2

/**
 * Reads what an audio packet of type MultichannelConfig carries.
 *
 * @param at - index of the channel order.
 * @returns `unsupported` for an order that is not defined.
 * @throws {ProtocolError} `flv.audio.truncated`.
 * @see Enhanced RTMP v2, Enhanced Audio (AudioChannelOrder)
 */
export function readChannelLayout(bytes: Uint8Array, at: number): ChannelLayout | UnsupportedBody {
  const order = u8(bytes, at, 'audio')
  const channels = u8(bytes, at + 1, 'audio')
  switch (order) {
    case UNSPECIFIED:
      return { order: 'unspecified', channels }
    case NATIVE:
      return { order: 'native', channels, mask: u32be(bytes, at + 2, 'audio') }
    case CUSTOM: {
      const end = at + 2 + channels
      u8(bytes, end - 1, 'audio')
      return { order: 'custom', channels, positions: bytes.subarray(at + 2, end) }
    }
    default:
      return unsupported(`audio channel order ${order} is not defined`, 'reserved channel order', true)
  }
}
