import { concatBytes } from '@sluice/core'
import { MessageType } from '@sluice/rtmp'
import type { FileMessage } from './flv-messages.ts'

/** Of AVCVIDEOPACKET: frame type and codec, packet type, composition time (FLV v10.1 Annex E.4.3.1). */
const BODY_HEADER_SIZE = 5
/** AVC in FLV, and NAL units in it. */
const CODEC_AVC = 7
const PACKET_NALU = 1

const NAME = Buffer.from('sluice-bench-lag', 'latin1')
const DIGITS = 16
/** Length of the NAL unit; SEI (6), user_data_unregistered (5) with its size (ITU-T H.264 §7.3.2.3, §D.1.7). */
const PREFIX = Uint8Array.of(0, 0, 0, 3 + NAME.length + DIGITS + 1, 6, 5, NAME.length + DIGITS, ...NAME)
const TRAILING = Uint8Array.of(0x80)

/** Microseconds of a clock that never goes back and is the same in all processes of a machine. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/**
 * Puts the time of sending into a frame of H.264, as a SEI that decoders skip. Other messages are given back as they are.
 *
 * @param micros - of `monotonicMicros`.
 */
export function stampMessage(message: FileMessage, micros: number): FileMessage {
  const { typeId, payload } = message
  if (typeId !== MessageType.video || !isFrame(payload)) return message
  const time = Buffer.from(String(micros).padStart(DIGITS, '0'), 'latin1')
  const parts = [
    payload.subarray(0, BODY_HEADER_SIZE),
    PREFIX,
    time,
    TRAILING,
    payload.subarray(BODY_HEADER_SIZE),
  ]
  return { ...message, payload: concatBytes(parts) }
}

/** The time in the body of a video message, or undefined where it has none. */
export function readStamp(payload: Uint8Array): number | undefined {
  const at = BODY_HEADER_SIZE + PREFIX.length
  if (!isFrame(payload) || payload.length < at + DIGITS) return undefined
  if (!PREFIX.every((byte, index) => payload[BODY_HEADER_SIZE + index] === byte)) return undefined
  return Number(Buffer.from(payload.subarray(at, at + DIGITS)).toString('latin1'))
}

function isFrame(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & 0x0f) === CODEC_AVC && payload[1] === PACKET_NALU
}
