import { millis, ticks } from '@sluice/core'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from '@sluice/testkit'
import { expect, it } from 'vitest'
import { packetOf } from './packet.ts'

it('a frame has its times in 90 kHz, and what stands behind the head of its body', () => {
  const payload = avcFrame(true, 20)
  const packet = packetOf({ type: 'video', dts: millis(40), pts: millis(120), keyframe: true, payload })
  expect(packet).toEqual({ kind: 'video', dts: 3600, pts: 10_800, keyframe: true, data: payload.subarray(5) })
  expect(packet.data.buffer).toBe(payload.buffer)
})

it('sound has its place in samples', () => {
  const payload = aacFrame(20)
  const packet = packetOf({ type: 'audio', time: millis(21), at: ticks(1024), payload })
  expect(packet).toEqual({ kind: 'audio', dts: 1024, pts: 1024, keyframe: true, data: payload.subarray(2) })
})

it('what is no frame is refused', () => {
  const refused = expect.objectContaining({ code: 'broadcast.entry.no_frame' })
  const time = millis(0)
  expect(() =>
    packetOf({ type: 'video', dts: time, pts: time, keyframe: true, payload: AVC_CONFIGURATION }),
  ).toThrow(refused)
  expect(() => packetOf({ type: 'audio', time, at: ticks(0), payload: AAC_CONFIGURATION })).toThrow(refused)
})
