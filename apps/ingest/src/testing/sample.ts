import { epochMillis } from '@sluice/core'
import {
  AAC_CONFIGURATION,
  AVC_CONFIGURATION,
  aacFrame,
  avcFrame,
  type RtmpTestClient,
} from '@sluice/testkit'
import type { LiveStream } from '../live-stream.ts'

const START = 1_700_000_000_000

/** Seconds of 25 frames a second and sound, a keyframe each second, from `from` seconds on. @param frameSize - in bytes. */
export function publishSample(stream: LiveStream, from: number, seconds: number, frameSize = 64): void {
  const now = (time: number) => epochMillis(START + time)
  if (from === 0) {
    stream.beginSession()
    stream.video(0, AVC_CONFIGURATION, now(0))
    stream.audio(0, AAC_CONFIGURATION, now(0))
  }
  for (let i = 0; i < seconds * 25; i++) {
    const time = from * 1000 + i * 40
    stream.audio(time, aacFrame(), now(time))
    stream.video(time, avcFrame(i % 25 === 0, frameSize), now(time))
    stream.flush()
  }
}

/**
 * Has a client send what puts its stream on air: 1.2 seconds of pictures from `from` milliseconds on, with keyframes at their
 * beginning and after a second. Without metadata the clock waits a second of media for sound.
 */
export function sendPictures(client: RtmpTestClient, from = 0): void {
  client.media('video', from, AVC_CONFIGURATION)
  for (let i = 0; i <= 30; i++) client.media('video', from + i * 40, avcFrame(i % 25 === 0))
}
