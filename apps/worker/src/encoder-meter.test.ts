import { expect, test } from 'vitest'
import { EncoderMeter, noEncoders } from './encoder-meter.ts'

test('totals go on from one encoder to the next, each of which begins at 0', () => {
  const broadcast = noEncoders()
  const worker = noEncoders()
  const first = new EncoderMeter([broadcast, worker])
  first.progressed({ frames: 30, dropped: 1 })
  first.progressed({ frames: 60, dropped: 1 })
  first.failed('overloaded')
  const second = new EncoderMeter([broadcast, worker])
  second.progressed({ frames: 10, dropped: 2 })
  const expected = { starts: 2, frames: 70, droppedFrames: 3, failures: { overloaded: 1, ended: 0 } }
  expect(broadcast).toEqual(expected)
  expect(worker).toEqual(expected)
})
