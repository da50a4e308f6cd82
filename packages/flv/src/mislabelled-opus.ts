import { type UnsupportedBody, unsupported } from './unsupported-body.ts'

/** "OpusHead": the identification header of Ogg Opus (RFC 7845 §5.1). */
const OPUS_HEAD: readonly number[] = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64]

/** What is answered to Opus in messages that say AAC, which OBS 32 can send. */
export const MISLABELLED_OPUS: UnsupportedBody = Object.freeze(
  unsupported('Opus sound in messages that say AAC (an OpusHead as AudioSpecificConfig)', 'Opus', false),
)

/** True when the configuration of AAC is one of Opus. */
export function isMislabelledOpus(audioSpecificConfig: Uint8Array): boolean {
  return OPUS_HEAD.every((byte, i) => audioSpecificConfig[i] === byte)
}
