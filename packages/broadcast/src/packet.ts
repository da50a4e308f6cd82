import { millisToTicks, ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { readAudioBody, readVideoBody } from '@sluice/flv'
import type { Packet } from '@sluice/media'
import type { MediaEntry } from './entry.ts'

/**
 * The packet that an entry carries, with times in ticks of its track. Its data is a view of the entry's payload.
 *
 * @throws {ProtocolError} `broadcast.entry.no_frame` when the payload holds anything but a frame.
 */
export function packetOf(entry: MediaEntry): Packet {
  if (entry.type === 'video') {
    const body = readVideoBody(entry.payload)
    if (body.type !== 'frame') throw noFrame(entry.type)
    const dts = millisToTicks(entry.dts, VIDEO_TIMESCALE)
    const pts = millisToTicks(entry.pts, VIDEO_TIMESCALE)
    return { kind: 'video', dts, pts, keyframe: entry.keyframe, data: body.data }
  }
  const body = readAudioBody(entry.payload)
  if (body.type !== 'frame') throw noFrame(entry.type)
  return { kind: 'audio', dts: entry.at, pts: entry.at, keyframe: true, data: body.data }
}

function noFrame(kind: string): ProtocolError {
  return new ProtocolError('broadcast.entry.no_frame', `a ${kind} entry holds no frame`)
}
