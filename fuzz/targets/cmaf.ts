import { FragmentedMp4Reader, writeFragment, writeInitSegment } from '@sluice/cmaf'
import { concatBytes, ticks } from '@sluice/core'
import { aacTrack, h264Track, type Track } from '@sluice/media'
import { AAC_RECORD, AVC_RECORD } from '@sluice/testkit'
import type { FuzzTarget } from '../engine/target.ts'
import { pieces } from './pieces.ts'

/** What an encoder writes to a pipe. */
export const CMAF_TARGET: FuzzTarget = {
  name: 'cmaf/fragmented-mp4',
  summary: 'fragmented MP4 of one track',
  share: 10_000,
  mostBytes: 4_096,
  seeds: () => tracks().map((track) => file(track)),
  read: (input) => {
    const reader = new FragmentedMp4Reader()
    const events = [...pieces(input)].flatMap((piece) => {
      reader.receive(piece)
      return reader.events()
    })
    return { reader, events }
  },
  // A run may say of thousands of samples that all are alike, without a byte for each.
  bounds: { allocated: { fixed: 8 << 20, perByte: 32_768 }, retained: { fixed: 4 << 20, perByte: 16_384 } },
}

function tracks(): Track[] {
  return [h264Track(AVC_RECORD), aacTrack(AAC_RECORD)]
}

function file(track: Track): Uint8Array {
  const sample = (keyframe: boolean) => ({
    duration: 1_024,
    compositionOffset: track.kind === 'video' ? 3_000 : 0,
    keyframe,
    data: new Uint8Array(24).fill(7),
  })
  const fragments = [1, 2, 3].flatMap((sequenceNumber) => {
    const baseDecodeTime = ticks(3_072 * sequenceNumber)
    return writeFragment({
      sequenceNumber,
      baseDecodeTime,
      samples: [sample(true), sample(false), sample(track.kind === 'audio')],
      styp: sequenceNumber === 1,
    })
  })
  return concatBytes([writeInitSegment(track), ...fragments])
}
