import { expect, test } from 'vitest'
import { kindOf } from './response-counts.ts'

test.each([
  ['/live/studio/index.m3u8', 'playlist'],
  ['/live/~token/studio/source/index.m3u8?_HLS_msn=4&_HLS_part=1', 'playlist'],
  ['/live/studio/low-latency.mpd', 'manifest'],
  ['/live/studio/source/b1.2.init0.mp4', 'init'],
  ['/live/studio/source/b1.2.0.42.m4s', 'segment'],
  ['/live/studio/source/b1.2.0.42.p3.m4s', 'part'],
  ['/live/studio/ts/source/b1.2.0.42.ts', 'transport'],
  ['/live/studio', 'other'],
  ['/assets/watch.m3u8', 'other'],
  ['', 'other'],
] as const)('%s is a %s', (url, kind) => {
  expect(kindOf(url)).toBe(kind)
})
