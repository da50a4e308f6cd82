/** `PacketType.ModEx`: a modifier stands before the real packet type. The same in audio and video. */
const MODIFIER_PACKET_TYPE = 7

/** What an Enhanced RTMP body says before its codec's bytes. */
export interface EnhancedBodyHeader {
  /** Packet type behind all modifiers and the multitrack wrapper. */
  readonly packetType: number
  readonly multitrack: boolean
  /** Printable form of the (first) FourCC; undefined where the body ends before it. */
  readonly fourCc: string | undefined
}

/**
 * Reads the head of an Enhanced RTMP audio or video body as far as its FourCC, for saying what it is.
 *
 * @param payload - the whole body; its first byte's low four bits are a packet type.
 * @param multitrackPacketType - `PacketType.Multitrack`: 5 in audio, 6 in video.
 * @see Enhanced RTMP v2, Enhanced Audio, Enhanced Video (ExAudioTagHeader, ExVideoTagHeader)
 */
export function readEnhancedBodyHeader(
  payload: Uint8Array,
  multitrackPacketType: number,
): EnhancedBodyHeader {
  let at = 1
  let packetType = (payload[0] ?? 0) & 0x0f
  while (packetType === MODIFIER_PACKET_TYPE && at < payload.length) {
    let size = (payload[at] ?? 0) + 1
    at += 1
    if (size === 256) {
      size = (((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0)) + 1
      at += 2
    }
    at += size
    packetType = (payload[at] ?? MODIFIER_PACKET_TYPE) & 0x0f
    at += 1
  }
  const multitrack = packetType === multitrackPacketType
  if (multitrack) {
    packetType = (payload[at] ?? 0) & 0x0f
    at += 1
  }
  return { packetType, multitrack, fourCc: fourCcAt(payload, at) }
}

/** Four bytes as text, those outside printable ASCII as `\xNN`. */
function fourCcAt(payload: Uint8Array, at: number): string | undefined {
  if (at + 4 > payload.length) return undefined
  let text = ''
  for (const byte of payload.subarray(at, at + 4)) {
    text +=
      byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}
