import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readVideoBody } from '@sluice/flv'
import {
  type Child,
  clientVersion,
  publishWithFfmpeg,
  RtmpTestClient,
  runChild,
  startChild,
  waitFor,
} from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { openBrowser } from './support/browser.ts'
import { type ClusterGateway, startCluster } from './support/gateway.ts'
import { decodeStrictly, waitForLadder } from './support/media.ts'
import { readMediaPlaylist, readVariants, renditionsOf, waitForEnd } from './support/playlists.ts'
import { type RecordedMessage, readFlvFile } from './support/recorded-publisher.ts'
import { WatchPage } from './support/watch-page.ts'

const STREAM = 'moving'
/** What is published: long enough for a machine on which a viewer needs some seconds to begin. */
const SECONDS = 40
/** Viewers have seen so much before the ingest is told to stop, and see so much after it. */
const WATCHED_SECONDS = 4

/** A broadcast without publisher waits so long. */
const RECONNECT_SECONDS = 15

const portOf = (rtmp: string): number => Number(new URL(rtmp).port)
const wasAsked = (client: RtmpTestClient): boolean =>
  client.statuses.some(({ code }) => code === 'NetConnection.Connect.ReconnectRequest')

function isConfiguration({ type, payload }: RecordedMessage): boolean {
  return payload[1] === 0 && (type === 'audio' || readVideoBody(payload).type === 'config')
}

function isKeyframe({ type, payload }: RecordedMessage): boolean {
  if (type === 'audio') return false
  const body = readVideoBody(payload)
  return body.type === 'frame' && body.keyframe
}

/**
 * An encoder that knows the reconnect request of Enhanced RTMP, as none that can be installed does: sends what ffmpeg encoded, and
 * when it is asked to, goes on at another address from the next keyframe on.
 */
async function publishAndMove(
  messages: readonly RecordedMessage[],
  ports: readonly [number, number],
  isOver: () => boolean,
): Promise<RtmpTestClient[]> {
  const begin = async (port: number): Promise<RtmpTestClient> => {
    const client = new RtmpTestClient(port)
    expect(await client.publishTo(STREAM, 'live', { capsEx: 1 })).toMatchObject({
      code: 'NetStream.Publish.Start',
    })
    return client
  }
  const clients = [await begin(ports[0])]
  const startedAt = Date.now()
  for (const message of messages) {
    const early = message.timestamp - (Date.now() - startedAt)
    if (early > 0) await delay(early)
    if (isOver()) break
    const [current] = clients
    if (clients.length === 1 && current !== undefined && wasAsked(current) && isKeyframe(message)) {
      const next = await begin(ports[1])
      clients.unshift(next)
      for (const { type, payload } of messages.filter(isConfiguration)) next.media(type, 0, payload)
    }
    clients[0]?.media(message.type, message.timestamp, message.payload)
  }
  clients[0]?.unpublish(STREAM)
  return clients
}

const browser = await openBrowser()

describe('an ingest that stops while others run', () => {
  let cluster: ClusterGateway
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-drain-'))
    cluster = await startCluster(
      { workers: 1, origins: 1 },
      { SLUICE_INGEST_DRAIN_SECONDS: '20', SLUICE_RECONNECT_SECONDS: String(RECONNECT_SECONDS) },
    )
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('loses no viewer: they go on in one broadcast', { timeout: 120_000 }, async ({ onTestFinished }) => {
    process.stdout.write(
      `encoded and played by ffmpeg ${await clientVersion('ffmpeg')}; Chromium ${browser?.version() ?? 'is not installed'}\n`,
    )
    const recording = join(folder, 'recording.flv')
    const encoder = publishWithFfmpeg({
      ...{ url: recording, width: 736, height: 414, bFrames: 2, seconds: SECONDS, speed: 0 },
      extra: ['-preset', 'superfast'],
    })
    expect((await encoder.exited).code, encoder.output()).toBe(0)
    const other = await cluster.addIngest()

    let isOver = false
    const published = publishAndMove(
      await readFlvFile(recording),
      [portOf(cluster.rtmp), portOf(other.rtmp)],
      () => isOver,
    )
    const view = (): Promise<StreamView> => cluster.api<StreamView>('GET', `/v1/streams/${STREAM}`)
    await waitForLadder(cluster.origin, STREAM, 2)
    const { broadcast } = await view()

    const played = join(folder, 'played.flv')
    const player = startChild('ffmpeg', [
      '-v',
      'error',
      '-i',
      `${other.rtmp}/${STREAM}`,
      '-c',
      'copy',
      played,
    ])
    onTestFinished(() => player.kill('SIGKILL'))
    const page = browser && (await WatchPage.open(browser, `${cluster.origin}/watch/${STREAM}?player=hls`))
    await page?.waitForState('playing')
    await page?.waitForSeconds(WATCHED_SECONDS)
    const position = (await page?.currentTime()) ?? 0

    cluster.ingest.kill('SIGTERM')
    expect(await cluster.ingest.exited).toMatchObject({ code: 0 })
    const base = `${cluster.origin}/live/${STREAM}`
    const isThere = async (): Promise<boolean> => {
      const { segments } = await readMediaPlaylist(base, 'source')
      const at = segments.findIndex(({ discontinuity }) => discontinuity)
      return at >= 0 && segments.length - at > WATCHED_SECONDS
    }
    await waitFor(isThere, { what: 'segments from the other ingest', timeout: 40_000, interval: 200 })
    expect((await view()).broadcast?.id).toBe(broadcast?.id)
    // The page is a few seconds behind, and has to pass the place.
    await page?.waitForTime(position + 3 * WATCHED_SECONDS)
    expect(await page?.fatalErrors()).toEqual(page && [])
    expect(page?.complaints).toEqual(page && [])
    await page?.close()

    isOver = true
    const clients = await published
    expect(clients).toHaveLength(2)
    onTestFinished(() => {
      for (const client of clients) client.destroy()
    })
    const variants = await waitForEnd(base)
    expect(variants.map(({ id }) => id)).toEqual(['source', '360p'])
    for (const rendition of renditionsOf(await readVariants(base))) {
      const { segments } = await readMediaPlaylist(base, rendition)
      const numbers = segments.map(({ number }) => number)
      expect(numbers, rendition).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
      expect(
        segments.filter(({ discontinuity }) => discontinuity),
        rendition,
      ).toHaveLength(1)
    }
    expect(await decodeStrictly(`${base}/index.m3u8`, ['-map', '0'])).toBe('')

    // One that plays by RTMP from the other ingest was given all of it, and told of the end.
    expect((await player.exited).code, player.output()).toBe(0)
    const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', played]
    const seconds = Number((await runChild('ffprobe', probe)).output)
    expect(seconds).toBeGreaterThan(3 * WATCHED_SECONDS)
    expect((await runChild('ffmpeg', ['-v', 'error', '-i', played, '-f', 'null', '-'])).output).toBe('')
    expect(cluster.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })

  it('may be the only one: its successor goes on', { timeout: 120_000 }, async ({ onTestFinished }) => {
    const stream = 'returning'
    const base = `${cluster.origin}/live/${stream}`
    const publish = (rtmp: string): Child => {
      const publisher = publishWithFfmpeg({ url: `${rtmp}/${stream}`, width: 736, height: 414, bitrate: 600 })
      onTestFinished(() => publisher.kill('SIGKILL'))
      return publisher
    }
    const broadcast = async (): Promise<StreamView['broadcast']> =>
      (await cluster.api<StreamView>('GET', `/v1/streams/${stream}`)).broadcast
    const { rtmp, ingest } = await cluster.addIngest()
    const encoder = publish(rtmp)
    await waitForLadder(cluster.origin, stream, 2)
    const begun = await broadcast()
    const page = browser && (await WatchPage.open(browser, `${cluster.origin}/watch/${stream}?player=hls`))
    await page?.waitForSeconds(WATCHED_SECONDS)
    const position = (await page?.currentTime()) ?? 0

    ingest.kill('SIGTERM')
    expect(await ingest.exited).toMatchObject({ code: 0 })
    await encoder.exited
    const successor = await cluster.addIngest(portOf(rtmp))
    publish(successor.rtmp)
    await page?.waitForTime(position + 3 * WATCHED_SECONDS)
    expect((await broadcast())?.id).toBe(begun?.id)
    expect(await page?.fatalErrors()).toEqual(page && [])
    await page?.close()

    // Nobody comes back any more.
    successor.ingest.kill('SIGTERM')
    expect(await successor.ingest.exited).toMatchObject({ code: 0 })
    await waitForEnd(base)
    const { segments } = await readMediaPlaylist(base, 'source')
    const numbers = segments.map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
    expect(segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
    expect((await broadcast())?.endedAt).toBeDefined()
    expect(cluster.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })

  it('and one that is killed does as well, for who comes back', { timeout: 120_000 }, async ({
    onTestFinished,
  }) => {
    const stream = 'orphaned'
    const base = `${cluster.origin}/live/${stream}`
    const publish = (rtmp: string): Child => {
      const publisher = publishWithFfmpeg({ url: `${rtmp}/${stream}`, width: 736, height: 414, bitrate: 600 })
      onTestFinished(() => publisher.kill('SIGKILL'))
      return publisher
    }
    const broadcast = async (): Promise<StreamView['broadcast']> =>
      (await cluster.api<StreamView>('GET', `/v1/streams/${stream}`)).broadcast
    const { rtmp, ingest } = await cluster.addIngest()
    const encoder = publish(rtmp)
    await waitForLadder(cluster.origin, stream, 2)
    const begun = await broadcast()
    const page = browser && (await WatchPage.open(browser, `${cluster.origin}/watch/${stream}?player=hls`))
    await page?.waitForSeconds(WATCHED_SECONDS)
    const position = (await page?.currentTime()) ?? 0

    ingest.kill('SIGKILL')
    await encoder.exited
    const successor = await cluster.addIngest(portOf(rtmp))
    // As encoders do: the name is free when the lease of the killed one has run out.
    let returned: Child = publish(successor.rtmp)
    await waitFor(
      async () => {
        if (!returned.running()) returned = publish(successor.rtmp)
        return (await readMediaPlaylist(base, 'source')).segments.some(({ discontinuity }) => discontinuity)
      },
      { what: 'segments from the successor', timeout: 40_000, interval: 500 },
    )
    await page?.waitForTime(position + 3 * WATCHED_SECONDS)
    expect((await broadcast())?.id).toBe(begun?.id)
    expect(await page?.fatalErrors()).toEqual(page && [])
    await page?.close()
    successor.ingest.kill('SIGTERM')
    await waitForEnd(base)
    const { segments } = await readMediaPlaylist(base, 'source')
    const numbers = segments.map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
    expect(segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1)
    expect(cluster.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })
})
