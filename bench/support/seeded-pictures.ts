import { seededBytes, seededRandom } from './seeded.ts'

/** Pictures a second. */
export const FRAME_RATE = 30
const KEYFRAME_BYTES = 60_000

/** A coded picture that looks like one from outside. */
export interface SeededPicture {
  readonly keyframe: boolean
  /** One H.264 slice behind its length in 4 bytes. */
  readonly data: Uint8Array
}

/** So many seconds of 720p30 at 2.7 Mbit/s with a keyframe each second, the same for the same seed. */
export function seededPictures(seed: number, seconds: number): SeededPicture[] {
  const random = seededRandom(seed)
  return Array.from({ length: seconds * FRAME_RATE }, (_, index) => {
    const keyframe = index % FRAME_RATE === 0
    const size = keyframe ? KEYFRAME_BYTES : 3_000 + Math.floor(random() * 13_000)
    const data = seededBytes(random, size)
    new DataView(data.buffer, data.byteOffset).setUint32(0, size - 4)
    data[4] = keyframe ? 0x65 : 0x41
    return { keyframe, data }
  })
}
