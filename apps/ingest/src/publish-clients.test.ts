import { type Child, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

/** GStreamer's picture of 200 frames to one of its sinks. */
const withSink = (sink: string, location: string): Child =>
  startChild('gst-launch-1.0', [
    ...'videotestsrc is-live=true num-buffers=200 ! video/x-raw,width=320,height=180,framerate=30/1 !'.split(
      ' ',
    ),
    ...'x264enc tune=zerolatency speed-preset=ultrafast ! h264parse ! flvmux streamable=true !'.split(' '),
    ...[sink, `location=${location}`],
  ])

describe('a signed name in the address of', () => {
  let ingest: TestIngest

  beforeAll(async () => {
    ingest = await startTestIngest({ env: { SLUICE_PUBLISH_AUTH: 'key', SLUICE_RECONNECT_SECONDS: '0' } })
    await ingest.cluster.streams.create({ name: 'demo', profile: 'source' })
  })
  afterAll(() => ingest.stop())

  it.each([
    [
      'ffmpeg',
      ['ffmpeg', '-version'],
      (url: string) => publishWithFfmpeg({ url, width: 320, height: 180, seconds: 8 }),
    ],
    ['rtmp2sink', ['gst-inspect-1.0', 'rtmp2sink'], (url: string) => withSink('rtmp2sink', url)],
    ['rtmpsink', ['gst-inspect-1.0', 'rtmpsink'], (url: string) => withSink('rtmpsink', url)],
  ])('%s arrives whole', async (_, [program = '', ...probe], publish) => {
    if ((await runChild(program, probe)).code !== 0) {
      console.log(`skipped: ${program} ${probe.join(' ')} does not work here`)
      return
    }
    const expires = Math.floor(Date.now() / 1000) + 60
    const name = await ingest.cluster.streams.signName({ stream: 'demo', expires, address: '127.0.0.1' })
    const client = publish(`rtmp://127.0.0.1:${ingest.port}/live/${name}`)
    try {
      await waitFor(() => (ingest.hub.find('demo')?.stream.totals.videoFrames ?? 0) > 10, {
        what: `some frames; logged: ${ingest.codes().join()}`,
      })
    } finally {
      await client.stop()
    }
    await waitFor(() => ingest.hub.find('demo') === undefined, { what: 'the end' })
    expect(ingest.codes()).toEqual([])
  })
})
