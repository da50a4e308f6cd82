import { dataPayload, segmentRules } from '@sluice/broadcast'
import { concatBytes, epochMillis } from '@sluice/core'
import { readScriptData, type ScriptData } from '@sluice/flv'
import { runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'
import { entriesOf } from './testing/entries.ts'
import { publishSample } from './testing/sample.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

/** The data of a stream from its first boundary on: `onTextData 1000`. */
function dataOf(stream: LiveStream): string[] {
  return entriesOf(stream).flatMap((entry) => (entry.type === 'data' ? [`${entry.name} ${entry.time}`] : []))
}

/** The value of an `onMetaData` with one more property, whose name is `name`. */
function metadata(encoder: string, name: Uint8Array): ScriptData['value'] {
  const text = (bytes: Uint8Array): Uint8Array =>
    concatBytes([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes])
  const string = (value: string): Uint8Array => concatBytes([Uint8Array.of(2), text(Buffer.from(value))])
  const properties = [text(name), Uint8Array.of(5), text(Buffer.from('encoder')), string(encoder)]
  return readScriptData(
    concatBytes([string('onMetaData'), Uint8Array.of(3), ...properties, Uint8Array.of(0, 0, 9)]),
  ).value
}

describe('metadata of a live stream', () => {
  it('that cannot be written are not kept for players', () => {
    const stream = new LiveStream(segmentRules(2))
    const properties = metadata('one', Buffer.from('name'))
    stream.metadata(properties)
    // As long as a name can be, and no UTF-8: written again it is three times as long.
    stream.metadata(metadata('two', new Uint8Array(65_535).fill(0xff)))
    expect(stream.properties).toBe(properties)
    expect(stream.encoder).toBe('two')
  })
})

describe('data of a live stream', () => {
  const now = epochMillis(1_700_000_001_000)

  it('stand among its media, without what is said to a server', () => {
    const stream = new LiveStream(segmentRules(2))
    publishSample(stream, 0, 1)
    stream.data(980, 'onCuePoint', dataPayload('onCuePoint', [null]), now)
    stream.data(980, '@clearDataFrame', dataPayload('@clearDataFrame', ['onMetaData']), now)
    stream.settle()
    expect(dataOf(stream)).toEqual(['onCuePoint 980'])
  })
})

/** Three lines, at 0.5, 1 and 1.5 seconds. */
const SUBTITLES = [500, 1000, 1500]
  .map(
    (start, i) =>
      `${i + 1}\n00:00:0${(start / 1000).toFixed(3).replace('.', ',')} --> 00:00:03,000\nline ${i}\n`,
  )
  .join('\n')

describe('subtitles that ffmpeg publishes', () => {
  let ingest: TestIngest
  beforeAll(async () => {
    ingest = await startTestIngest()
  })
  afterAll(() => ingest.stop())

  it('are in the stream at their times', async ({ skip }) => {
    if ((await runChild('ffmpeg', ['-version'])).code !== 0) return skip('there is no ffmpeg')
    const subtitles = `data:text/plain;base64,${Buffer.from(SUBTITLES).toString('base64')}`
    const child = startChild('ffmpeg', [
      ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25', '-f', 'srt', '-i', subtitles],
      ...['-map', '0:v', '-map', '1:s', '-t', '2', '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0'],
      ...['-g', '25', '-pix_fmt', 'yuv420p', '-c:s', 'text', '-f', 'flv'],
      `rtmp://127.0.0.1:${ingest.port}/live/subtitled`,
    ])
    const stream = await waitFor(() => ingest.hub.find('subtitled')?.stream, { what: 'the stream' })
    await child.exited
    await waitFor(() => ingest.hub.find('subtitled') === undefined, { what: 'the end of the broadcast' })
    expect(dataOf(stream), child.output()).toEqual(['onTextData 500', 'onTextData 1000', 'onTextData 1500'])
  })
})
