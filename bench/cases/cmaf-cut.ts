import { VideoCutter } from '@sluice/cmaf'
import { millis, ticks, VIDEO_TIMESCALE } from '@sluice/core'
import type { Packet, VideoTrack } from '@sluice/media'
import type { BenchCase } from '../support/bench-case.ts'
import { measureOperations } from '../support/micro.ts'
import { FRAME_RATE, seededPictures } from '../support/seeded-pictures.ts'

const SECONDS = 20
const SEGMENT_SECONDS = 2

/** Packets to parts and segments: 720p30 at 2.7 Mbit/s, parts of 250 ms, segments of 2 s. */
export const cmafCut: BenchCase = {
  name: 'cmaf/cut',
  summary: 'packets to CMAF parts and segments, 720p30 at 2.7 Mbit/s',
  run: async (options, report) => {
    const packets = recording()
    measureOperations(report, options, {
      subject: 'video',
      operations: packets.length,
      bytes: packets.reduce((sum, packet) => sum + packet.data.length, 0),
      run: () => cutAll(packets),
    })
  },
}

/** Never decoded: its configuration record is not a real one. */
const TRACK: VideoTrack = {
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 1280,
  height: 720,
  pixelAspectRatio: [1, 1],
  frameRate: FRAME_RATE,
  timescale: VIDEO_TIMESCALE,
  config: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
}

function recording(): Packet[] {
  return seededPictures(2, SECONDS).map(({ keyframe, data }, index): Packet => {
    const dts = ticks(Math.round((index * VIDEO_TIMESCALE) / FRAME_RATE))
    return { kind: 'video', dts, pts: dts, keyframe, data }
  })
}

function cutAll(packets: readonly Packet[]): void {
  const cutter = new VideoCutter({ track: TRACK, partTarget: millis(250) })
  let segments = 0
  const drain = (): void => {
    for (const event of cutter.events()) if (event.type === 'segment') segments += 1
  }
  for (const [index, packet] of packets.entries()) {
    if (index % (SEGMENT_SECONDS * FRAME_RATE) === 0) {
      const time = millis((index * 1000) / FRAME_RATE)
      const number = index / (SEGMENT_SECONDS * FRAME_RATE)
      cutter.boundary({ number, time, independent: true, discontinuity: false }, 'next-packet')
    }
    cutter.packet(packet)
    drain()
  }
  cutter.end()
  drain()
  if (segments !== SECONDS / SEGMENT_SECONDS) throw new Error(`${segments} segments were cut`)
}
