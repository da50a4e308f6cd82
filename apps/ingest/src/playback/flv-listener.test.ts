import { get, type IncomingMessage, request } from 'node:http'
import { type FlvEvent, FlvReader } from '@sluice/flv'
import {
  AAC_CONFIGURATION,
  AVC_CONFIGURATION,
  aacFrame,
  avcFrame,
  type RtmpTestClient,
} from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from '../testing/test-ingest.ts'
import { startFlvListener } from './flv-listener.ts'

describe('HTTP-FLV', () => {
  let ingest: TestIngest
  let publisher: RtmpTestClient
  let port: number

  beforeEach(async () => {
    ingest = await startTestIngest()
    port = (await ingest.listen((options) => startFlvListener(options))).port
    publisher = ingest.client()
    await publisher.publishTo('demo')
    publisher.media('video', 0, AVC_CONFIGURATION)
    publisher.media('audio', 0, AAC_CONFIGURATION)
  })
  afterEach(() => ingest.stop())

  const publish = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      publisher.media('audio', i * 40, aacFrame())
      publisher.media('video', i * 40, avcFrame(i % 25 === 0))
    }
  }
  const ask = (path: string, method = 'GET'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method }, resolve).on('error', reject).end()
    })
  const bodyOf = async (response: IncomingMessage): Promise<string> => {
    response.setEncoding('utf8')
    let text = ''
    for await (const piece of response) text += piece
    return text
  }

  it('gives FLV from a keyframe to the end of the broadcast', async () => {
    publish(0, 60)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`http://127.0.0.1:${port}/live/demo.flv?start=now`, resolve).on('error', reject)
    })
    expect(response.statusCode).toBe(200)
    expect(response.headers).toMatchObject({
      'content-type': 'video/x-flv',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    })
    expect(response.headers['transfer-encoding']).toBeUndefined()
    const reader = new FlvReader()
    const events: FlvEvent[] = []
    for await (const bytes of response) {
      if (events.length === 0) {
        publish(60, 30)
        publisher.unpublish('demo')
      }
      reader.receive(bytes)
      events.push(...reader.events())
    }
    const seen = events.map((event) =>
      event.type === 'tag' ? `${event.tagType} ${event.body[0]?.toString(16)} ${event.body[1]}` : event.type,
    )
    expect(seen.slice(0, 3)).toEqual(['header', '9 17 0', '8 af 0'])
    expect(seen.find((line) => /^9 .. 1$/.test(line))).toBe('9 17 1')
    expect(seen.filter((line) => line === '9 27 1').length).toBeGreaterThan(30)
  })

  it.each(['/live/nobody.flv', '/live/demo', '/live/%64emo.flv', '/', '/live/../demo.flv'])(
    '%s is not there',
    async (path) => {
      const response = await ask(path)
      expect([response.statusCode, response.headers['content-type']]).toEqual([
        404,
        'application/problem+json',
      ])
      expect(response.headers['access-control-allow-origin']).toBe('*')
      expect(JSON.parse(await bodyOf(response))).toMatchObject({
        title: 'Not Found',
        status: 404,
        code: 'ingest.play.not_live',
      })
    },
  )

  it('answers HEAD and OPTIONS, and no other method', async () => {
    const answers = await Promise.all(
      ['HEAD', 'OPTIONS', 'POST'].map(async (method) => {
        const response = await ask('/live/demo.flv', method)
        response.resume()
        return response.statusCode
      }),
    )
    expect(answers).toEqual([200, 204, 405])
    expect(ingest.hub.find('demo')?.playback.size).toBe(0)
  })

  it('forgets a player that goes away', async () => {
    publish(0, 60)
    const response = await ask('/live/demo.flv')
    expect(ingest.hub.find('demo')?.playback.size).toBe(1)
    response.destroy()
    await publisher.waitFor(() => ingest.hub.find('demo')?.playback.size === 0 || undefined, 'no players')
  })
})
