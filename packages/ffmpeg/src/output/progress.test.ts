import { expect, test } from 'vitest'
import { type Progress, ProgressParser } from './progress.ts'

/** The reports of a text in which a second passes between two of them. */
function reports(text: string): Progress[] {
  const parser = new ProgressParser()
  let now = 5000
  return text.split('\n').flatMap((line) => {
    const report = parser.line(line, now)
    if (report) now += 1000
    return report ?? []
  })
}

const AT_FIRST = `frame=1
fps=0.00
out_time_us=0
out_time=00:00:00.000000
dup_frames=0
drop_frames=0
speed=   0x
progress=continue
`

test('video, as ffmpeg 5.1 writes it', () => {
  const text = `${AT_FIRST}frame=31
fps=28.19
stream_0_0_q=20.0
bitrate=N/A
total_size=N/A
out_time_us=1003000
out_time_ms=1003000
out_time=00:00:01.003000
dup_frames=2
drop_frames=1
speed=0.912x
progress=continue
frame=61
out_time_us=2003000
progress=continue
frame=76
out_time_us=2503000
progress=continue
frame=80
out_time_us=N/A
speed=N/A
progress=end`
  const steady = { duplicated: 0, dropped: 0, last: false }
  expect(reports(text)).toEqual([
    { ...steady, frames: 1, framesPerSecond: undefined, written: 0, speed: undefined },
    {
      ...steady,
      frames: 31,
      framesPerSecond: 30,
      written: 1003,
      speed: undefined,
      duplicated: 2,
      dropped: 1,
    },
    { ...steady, frames: 61, framesPerSecond: 30, written: 2003, speed: 1 },
    { ...steady, frames: 76, framesPerSecond: 15, written: 2503, speed: 0.5 },
    { ...steady, frames: 80, framesPerSecond: 4, written: undefined, speed: undefined, last: true },
  ])
})

test('audio alone has no frames', () => {
  expect(reports('bitrate=N/A\nout_time_us=8021167\nspeed=62.7x\nprogress=end')).toMatchObject([
    { frames: 0, written: 8021, last: true },
  ])
})

test('what is no report is skipped', () => {
  expect(reports('hello\n=3\nspeed\n\nprogress')).toEqual([])
})
