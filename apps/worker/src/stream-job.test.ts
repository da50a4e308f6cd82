import type { ServerResponse } from 'node:http'
import { type Cluster, connectCluster, type TranscodeJob } from '@sluice/cluster'
import { epochMillis, millis } from '@sluice/core'
import type { FfmpegCapabilities } from '@sluice/ffmpeg'
import { BUILT_IN_PROFILES, type Profile } from '@sluice/ladder'
import type { SegmentEvent, TimelineEvent } from '@sluice/manifest'
import type { AudioTrack } from '@sluice/media'
import { createLogger, type Logger } from '@sluice/runtime'
import { FsStore, MemoryStore, type SegmentStore } from '@sluice/store'
import { freePort, startTestRedis, type TestRedis, waitFor } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LocalFeeds } from './feed-client.ts'
import { runStreamJob, type StreamRun } from './stream-job.ts'
import {
  SampleStream,
  type SampleTrack,
  STARTED_AT,
  startTestFeed,
  type TestFeed,
  TRACKS,
} from './testing/feed.ts'
import { SILENT, told } from './testing/output.ts'
import { WorkerTotals } from './worker-totals.ts'

/** These broadcasts are packaged as they are: no ffmpeg is started. */
const NO_FFMPEG: FfmpegCapabilities = {
  binary: 'ffmpeg',
  version: { major: 5, minor: 1, text: '5.1' },
  encoders: [],
  decoders: [],
  muxers: [],
  demuxers: [],
  filters: [],
  hardware: [],
  videoEncoder: { kind: 'software' },
}

describe('a job, with a real Redis and a feed', () => {
  let redis: TestRedis
  let cluster: Cluster
  let feed: TestFeed
  let store: SegmentStore
  let broadcast: string

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    cluster = await connectCluster({ url: redis.url, log: SILENT })
    feed = await startTestFeed()
    store = new MemoryStore()
    const startedAt = epochMillis(STARTED_AT)
    const created = await cluster.broadcasts.create({
      stream: 'demo',
      startedAt,
      profile: BUILT_IN_PROFILES.source,
    })
    broadcast = created.id
  })
  afterEach(async () => {
    await feed.stop()
    await cluster.stop()
  })

  /** The next run of the broadcast, as the queue would start it. */
  const run = async (
    options: {
      readonly signal?: AbortSignal
      readonly feedUrl?: string
      readonly localFeeds?: LocalFeeds
      readonly profile?: Profile
      readonly log?: Logger
      readonly reconnectMillis?: number
    } = {},
  ): Promise<void> => {
    const epoch = await cluster.broadcasts.nextEpoch(broadcast)
    const job: TranscodeJob = {
      stream: 'demo',
      broadcast,
      epoch,
      profile: options.profile ?? BUILT_IN_PROFILES.source,
      feedUrl: options.feedUrl ?? feed.url,
      feedToken: 'token',
      startBoundary: 0,
      startedAt: epochMillis(STARTED_AT),
      segmentSeconds: 2,
      partMillis: millis(250),
      windowSeconds: 60,
    }
    const context = {
      workerId: 'w',
      cluster,
      store,
      ffmpeg: NO_FFMPEG,
      localFeeds: options.localFeeds,
      keepEndedMillis: 60_000,
      reconnectMillis: options.reconnectMillis ?? 60_000,
      log: options.log ?? SILENT,
      totals: new WorkerTotals(),
      runs: new Set<StreamRun>(),
    }
    await runStreamJob(job, options.signal ?? new AbortController().signal, context)
  }

  const timeline = async (): Promise<TimelineEvent[]> => {
    const events: TimelineEvent[] = []
    const following = await cluster.follower.follow(broadcast, (more) => events.push(...more))
    await following.stop()
    return events
  }
  /** Why the last run ended, as operators see it. */
  const failure = async () => (await cluster.live.broadcasts([broadcast])).get(broadcast)?.failure
  const segments = async (rendition: string): Promise<SegmentEvent[]> =>
    (await timeline()).filter(
      (event): event is SegmentEvent => event.type === 'segment' && event.rendition === rendition,
    )

  /** Serves a stream from the wanted boundary on, up to so many bytes before the end. */
  const serve = (stream: SampleStream, missing = 0) => {
    feed.answer = (response: ServerResponse, query) => {
      response.useChunkedEncodingByDefault = false
      const bytes = stream.bytes(Number(query.get('from')))
      response.write(bytes.subarray(0, bytes.length - missing), () => response.destroy())
      if (missing === 0) response.end()
    }
  }

  it('goes from the feed to the store, the timeline and the end of the broadcast', async () => {
    serve(new SampleStream().session({ seconds: 6 }).end())
    await run()
    const events = await timeline()
    expect(events[0]).toMatchObject({ type: 'start', broadcast, startedAt: STARTED_AT, targetDuration: 2 })
    expect(events.at(-1)).toEqual({ type: 'end' })
    expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1, 2])
    expect((await segments('audio-source')).map(({ segment }) => segment)).toEqual([0, 1, 2])
    for (const { rendition, name, size } of await segments('source'))
      expect((await store.read(`demo/${rendition}/${name}`))?.length).toBe(size)
    expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeDefined()
    expect(feed.requests.map((query) => [query.get('epoch'), query.get('from')])).toEqual([['1', '0']])
  })

  it('reads the feed of its own process without HTTP', async () => {
    const stream = new SampleStream().session({ seconds: 6 }).end()
    const asked: unknown[] = []
    await run({
      localFeeds: async function* (request) {
        asked.push(request)
        yield stream.entries(request.from)
      },
    })
    expect(asked).toEqual([{ broadcast, token: 'token', epoch: 1, from: 0 }])
    expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1, 2])
    expect((await timeline()).at(-1)).toEqual({ type: 'end' })
    expect(feed.requests).toEqual([])
  })

  it('asks over HTTP for what its own process does not have', async () => {
    serve(new SampleStream().session({ seconds: 2 }).end())
    await run({ localFeeds: () => undefined })
    expect((await timeline()).at(-1)).toEqual({ type: 'end' })
    expect(feed.requests).toHaveLength(1)
  })

  it('whose ladder this ffmpeg cannot make goes out as it came, and operators see why', async () => {
    serve(new SampleStream().session({ seconds: 4 }).end())
    const [rung] = BUILT_IN_PROFILES.default.rungs
    if (rung === undefined) throw new Error('the default profile has no rungs')
    const lines: { code?: string; msg: string }[] = []
    await run({
      profile: { ...BUILT_IN_PROFILES.default, rungs: [{ ...rung, name: '90p', height: 90 }] },
      log: createLogger({ log: { level: 'warn', format: 'json' } }, 'worker', {
        write: (line) => void lines.push(JSON.parse(line)),
      }),
    })
    expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1])
    expect((await timeline()).map(told).filter((line) => line.includes('90p'))).toEqual([])
    expect(lines[0]).toMatchObject({
      code: 'ffmpeg.encoder_missing',
      msg: expect.stringContaining('nothing is encoded: profile "default" needs the encoder libx264'),
    })
  })

  it('whose feed is cut off runs again, and nothing is lost or made twice', async () => {
    const stream = new SampleStream().session({ seconds: 9 }).end()
    serve(stream, 4000)
    await expect(run()).rejects.toMatchObject({ code: 'worker.feed.cut_off' })
    const before = (await segments('source')).length
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(5)
    serve(stream)
    await run()
    const made = await segments('source')
    expect(made.map(({ segment }) => segment)).toEqual([0, 1, 2, 3, 4])
    expect(made.map(({ duration }) => duration / 90)).toEqual([2000, 2000, 2000, 2000, 1000])
    expect(made.map(({ name }) => name.split('.')[1])).toEqual(made.map((_, i) => (i < before ? '1' : '2')))
    expect(Number(feed.requests[1]?.get('from'))).toBe(before)
  })

  it('whose broadcast the ingest does not know any more ends it', async () => {
    await run()
    expect((await timeline()).map(told)).toEqual(['start', 'end'])
    expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeDefined()
  })

  describe('whose ingest has stopped', () => {
    const left = async (patience: number): Promise<void> => {
      await cluster.handovers.announce(broadcast)
      const position = { startedAt: epochMillis(STARTED_AT), segment: 2, latest: millis(4000) }
      await cluster.handovers.leave(broadcast, position, millis(patience))
    }

    it('goes on where the broadcast was taken, also at the same address', async () => {
      await left(60_000)
      const stream = new SampleStream().session({ seconds: 4 }).end()
      feed.answer = (response) => response.writeHead(404).end()
      const running = run()
      await waitFor(() => feed.requests.length > 0, { what: 'a first look' })
      serve(stream)
      await cluster.handovers.take(broadcast, { url: feed.url, token: 'another' })
      await running
      expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1])
      expect((await timeline()).at(-1)).toEqual({ type: 'end' })
    })

    it('is run again where its worker stops meanwhile', async () => {
      await left(60_000)
      feed.answer = (response) => response.writeHead(404).end()
      const stopping = new AbortController()
      const running = run({ signal: stopping.signal })
      await waitFor(() => feed.requests.length > 0, { what: 'a first look' })
      stopping.abort()
      await expect(running).rejects.toMatchObject({
        code: expect.stringMatching(/^worker\.feed\.(left|unreached)$/),
      })
      expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeUndefined()
    })

    it('ends the broadcast where nobody took it in time', async () => {
      await left(1)
      feed.answer = (response) => response.writeHead(404).end()
      await run()
      expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeDefined()
    })
  })

  describe('whose ingest is killed', () => {
    /** A run whose feed is cut off after some segments, by an ingest that knows nothing more of it. */
    const cutShort = (options: Parameters<typeof run>[0] = {}): Promise<void> => {
      feed.knows = false
      serve(new SampleStream().session({ seconds: 9 }).end(), 4000)
      return run(options)
    }
    const isLeft = (): Promise<true> =>
      waitFor(async () => (await whereabouts()).isLeft || undefined, { what: 'the position' })
    const whereabouts = () => cluster.handovers.whereabouts(broadcast)

    it('goes on where the publisher comes back', async () => {
      const running = cutShort()
      await isLeft()
      const departure = await cluster.handovers.departureOf('demo')
      const { segment = 0, latest = 0 } = departure?.position ?? {}
      expect(departure).toMatchObject({ broadcast, position: { startedAt: STARTED_AT } })
      expect([segment > 1, latest > (segment - 1) * 2000]).toEqual([true, true])
      const successor = await startTestFeed()
      const stream = new SampleStream(departure?.position).session({ seconds: 4 }, 20_000).end()
      successor.answer = (response, query) => void response.end(stream.bytes(Number(query.get('from'))))
      await cluster.handovers.take(broadcast, { url: successor.url, token: 'another' })
      await running
      await successor.stop()
      const made = await segments('source')
      expect(made.map(({ segment: number }) => number)).toEqual(made.map((_, i) => i))
      expect(await timeline()).toContainEqual({ type: 'discontinuity', segment })
      expect(made.map(({ name }) => name.split('.')[1])).toEqual(made.map(() => '1'))
      expect((await timeline()).at(-1)).toEqual({ type: 'end' })
    })

    it('ends the broadcast where it waits for nobody', async () => {
      await cutShort({ reconnectMillis: 0 })
      expect((await timeline()).at(-1)).toEqual({ type: 'end' })
      expect((await whereabouts()).isLeft).toBe(false)
    })

    it('is run again where its worker stops meanwhile', async () => {
      const stopping = new AbortController()
      const running = cutShort({ signal: stopping.signal })
      await isLeft()
      stopping.abort()
      await expect(running).rejects.toMatchObject({ code: 'worker.feed.left' })
      expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeUndefined()
    })
  })

  it('whose ingest is gone ends the broadcast, when it had its time to come back', async () => {
    const feedUrl = `http://127.0.0.1:${await freePort()}/feed/b`
    const lines: string[] = []
    const log = createLogger({ log: { level: 'warn', format: 'json' } }, 'worker', {
      write: (line) => void lines.push(line),
    })
    await run({ feedUrl, log })
    expect((await timeline()).at(-1)).toEqual({ type: 'end' })
    expect(lines[0]).toMatch(/ECONNREFUSED.*set SLUICE_ADVERTISE_HOST to a host that workers reach/)
  })

  it('whose feed refuses it runs again', async () => {
    feed.answer = (response) => void response.writeHead(409).end()
    await expect(run()).rejects.toMatchObject({ code: 'worker.feed.refused', details: { status: 409 } })
    feed.answer = (response) => void response.end('this is no FLV')
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/^flv\./) })
  })

  it('whose store is full fails with its reason, and another run goes on where it stopped', async () => {
    const stream = new SampleStream().session({ seconds: 8, frameSize: 5000 }).end()
    serve(stream)
    store = new MemoryStore({ maximumBytes: 100_000 })
    await expect(run()).rejects.toMatchObject({ code: 'store.memory.full' })
    await waitFor(async () => (await failure()) !== undefined, { what: 'the failure in the state' })
    expect(await failure()).toMatchObject({
      code: 'store.memory.full',
      message: expect.stringContaining('100'),
    })
    expect((await timeline()).map(told)).not.toContain('end')
    expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeUndefined()
    store = new MemoryStore()
    await run()
    expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1, 2, 3])
  })

  it('whose store is no folder at all fails with what to do', async () => {
    serve(new SampleStream().session({ seconds: 2 }).end())
    store = new FsStore({ directory: '/dev/null/none' })
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/^store\.fs\./) })
  })

  it('that is superseded stops, and its timeline and its state are left to the other', async () => {
    serve(new SampleStream().session({ seconds: 6 }).end())
    const epoch = await cluster.broadcasts.nextEpoch(broadcast)
    expect(epoch).toBe(1)
    let release: () => void = () => undefined
    feed.answer = (response) => {
      release = () => void response.end(new SampleStream().session({ seconds: 6 }).end().bytes())
      response.flushHeaders()
    }
    const running = run()
    await waitFor(() => feed.requests.length === 1, { what: 'the feed to be asked for' })
    await cluster.broadcasts.nextEpoch(broadcast)
    release()
    await expect(running).rejects.toMatchObject({ code: 'cluster.timeline.fenced' })
    expect(await failure()).toBeUndefined()
    expect((await timeline()).map(told)).not.toContain('end')
  })

  it('that is told to stop does so at once, also before it began', async () => {
    feed.answer = (response) => response.flushHeaders()
    const controller = new AbortController()
    const running = run({ signal: controller.signal })
    await waitFor(() => feed.requests.length === 1, { what: 'the feed to be asked for' })
    controller.abort('stopping')
    await running
    await expect(run({ signal: AbortSignal.abort('stopping') })).rejects.toMatchObject({
      code: 'worker.feed.unreached',
    })
  })

  it('records the end that an earlier run could not', async () => {
    serve(new SampleStream().session({ seconds: 2 }).end())
    await run()
    // As if Redis had gone between the timeline and the record.
    await redis.flush()
    const startedAt = epochMillis(STARTED_AT)
    broadcast = (
      await cluster.broadcasts.create({ stream: 'demo', startedAt, profile: BUILT_IN_PROFILES.source })
    ).id
    const writer = cluster.timelineWriter({
      broadcast,
      epoch: await cluster.broadcasts.nextEpoch(broadcast),
      keep: millis(60_000),
      keepParts: millis(60_000),
    })
    await writer.append([{ type: 'end' }])
    await run()
    expect((await cluster.broadcasts.get(broadcast))?.endedAt).toBeDefined()
  })

  it('gives a rendition that goes and comes back a new init segment', async () => {
    const stream = new SampleStream()
      .session({ seconds: 2 })
      .session({ seconds: 2, audio: false }, 4000)
      .session({ seconds: 2 }, 8000)
      .end()
    serve(stream)
    await run()
    const names = (await timeline()).flatMap((event) =>
      event.type === 'rendition' &&
      event.rendition.id === 'audio-source' &&
      event.rendition.init !== undefined
        ? [event.rendition.init.name]
        : [],
    )
    expect(names).toEqual([`${broadcast}.1.init0.mp4`, `${broadcast}.1.init1.mp4`])
  })

  describe('with further tracks', () => {
    const told3 = async (): Promise<string[]> =>
      (await timeline()).map(told).filter((line) => /^(segment|removed)/.test(line))
    const cut = async (rendition: string): Promise<string[]> =>
      (await segments(rendition)).map(({ segment, start, duration }) => `${segment} ${start} ${duration}`)
    const warnings: { code?: string; msg: string }[] = []
    const log = createLogger({ log: { level: 'warn', format: 'json' } }, 'worker', {
      write: (line) => void warnings.push(JSON.parse(line)),
    })
    const PICTURE = { trackId: 1, kind: 'video' } as const
    const SOUND = { trackId: 2, kind: 'audio' } as const

    beforeEach(() => {
      warnings.length = 0
    })

    it('passes them through beside the default ones, cut at the same times', async () => {
      serve(new SampleStream().session({ seconds: 6, further: [PICTURE, SOUND] }).end())
      await run()
      expect(await cut('source-1')).toEqual(await cut('source'))
      expect(await cut('audio-source-2')).toEqual(await cut('audio-source'))
      expect(await cut('source-1')).toHaveLength(3)
    })

    it('gives one that comes and goes the segments in which it was there', async () => {
      serve(new SampleStream().session({ seconds: 16, further: [{ ...PICTURE, from: 3, to: 9 }] }).end())
      await run()
      expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect((await segments('source-1')).map(({ segment }) => segment)).toEqual([2, 3, 4])
      expect(await told3()).toContain('removed source-1')
    })

    it('takes one out whose keyframes are not where segments begin', async () => {
      serve(new SampleStream().session({ seconds: 6, further: [{ ...PICTURE, gop: 30 }, SOUND] }).end())
      await run({ log })
      expect((await segments('source')).map(({ segment }) => segment)).toEqual([0, 1, 2])
      expect(
        (await told3()).filter((line) => line.endsWith('source-1') || line.includes('source-1 ')),
      ).toEqual([...['segment source-1 0', 'removed source-1']])
      expect(warnings).toMatchObject([
        {
          code: 'worker.further.unaligned',
          msg: expect.stringContaining('no keyframe where segment 1 begins, at 2 s'),
        },
      ])
    })

    it('leaves out what not every player could go on with', async () => {
      const opus: AudioTrack = {
        ...TRACKS.audio,
        codec: 'opus',
        codecString: 'Opus',
        samplesPerPacket: 960,
        config: Uint8Array.from(Buffer.from('4f707573486561640102380180bb0000000000', 'hex')),
      }
      serve(new SampleStream().session({ seconds: 2, further: [{ ...SOUND, track: opus }] }).end())
      await run({ log })
      expect((await timeline()).map(told).filter((line) => line.includes('audio-source-2'))).toEqual([])
      expect(warnings).toMatchObject([
        {
          code: 'worker.further.unplayable',
          msg: 'audio-source-2 is left out: not all browsers can play Opus, and profile "source" encodes none',
        },
      ])
    })

    it('goes on with them where an earlier run stopped, and takes out what is there no more', async () => {
      const stream = new SampleStream().session({ seconds: 9, further: [PICTURE, SOUND] }).end()
      serve(stream, 6000)
      await expect(run()).rejects.toMatchObject({ code: 'worker.feed.cut_off' })
      serve(stream)
      await run()
      for (const rendition of ['source', 'source-1', 'audio-source-2'])
        expect((await segments(rendition)).map(({ segment }) => segment)).toEqual([0, 1, 2, 3, 4])
      expect(await cut('source-1')).toEqual(await cut('source'))
      expect(await told3()).not.toContain('removed source-1')
    })

    it('is told by a successor of one that has gone meanwhile', async () => {
      const sampled = (further: readonly SampleTrack[]): SampleStream =>
        new SampleStream().session({ seconds: 9, further }).end()
      serve(sampled([PICTURE]), 6000)
      await expect(run()).rejects.toMatchObject({ code: 'worker.feed.cut_off' })
      serve(sampled([]))
      await run()
      expect(await told3()).toContain('removed source-1')
    })

    it('has them again in the next session of the publisher', async () => {
      const further = [PICTURE, SOUND]
      serve(new SampleStream().session({ seconds: 2, further }).session({ seconds: 2, further }, 5000).end())
      await run()
      for (const rendition of ['source', 'source-1', 'audio-source-2'])
        expect((await segments(rendition)).map(({ segment }) => segment)).toEqual([0, 1])
      expect(await cut('source-1')).toEqual(await cut('source'))
    })

    it('begins a new init segment where one is configured anew', async () => {
      const other = { ...TRACKS.video, config: Uint8Array.from([...TRACKS.video.config]) }
      other.config[3] = 31
      const further = [
        { ...PICTURE, to: 4 },
        { ...PICTURE, from: 4, track: { ...other, codecString: 'avc1.42c01f' } },
      ]
      serve(new SampleStream().session({ seconds: 8, further }).end())
      await run()
      const made = await segments('source-1')
      expect(made.map(({ segment, init }) => [segment, init])).toEqual([
        ...[
          [0, 0],
          [1, 0],
          [2, 1],
          [3, 1],
        ],
      ])
    })
  })
})
