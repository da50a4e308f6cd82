import { readdir } from 'node:fs/promises'
import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { decodeStrictly, fetchText, probeDuration } from './support/media.ts'
import { readMediaPlaylist, readVariants, renditionsOf, waitForEnd } from './support/playlists.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }

/** Waits until the first rendition lists so many complete segments. */
function waitForSegments(base: string, count: number): Promise<true> {
  return waitFor(
    async () => {
      const [first] = await readVariants(base)
      const { segments } = await readMediaPlaylist(base, first?.id ?? '')
      return segments.length >= count || undefined
    },
    { what: `${count} segments of ${base}`, timeout: 40_000, interval: 100 },
  )
}

function waitForState(gateway: Gateway, stream: string, state: StreamView['state']): Promise<StreamView> {
  return waitFor(
    async () => {
      const view = await gateway.api<StreamView>('GET', `/v1/streams/${stream}`)
      return view.state === state ? view : undefined
    },
    { what: `${stream} ${state}`, interval: 100 },
  )
}

describe('the end of a broadcast', () => {
  const stream = 'short'
  const seconds = 5
  let gateway: Gateway
  let base: string
  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_KEEP_ENDED_SECONDS: '8', SLUICE_WINDOW_SECONDS: '8' })
    base = `${gateway.origin}/live/${stream}`
  })
  afterAll(() => gateway.stop())

  it('is known to operators', async () => {
    const publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${stream}`, ...SMALL, seconds })
    const live = await waitFor(
      async () => {
        const view = await gateway.api<StreamView>('GET', `/v1/streams/${stream}`)
        return view.broadcast?.rungs.length === 4 && view.session?.video !== undefined ? view : undefined
      },
      { what: 'a live state with session and rungs', interval: 100 },
    )
    expect(live).toMatchObject({
      state: 'live',
      hasKey: false,
      session: { video: { codec: 'h264', ...SMALL }, audio: { codec: 'aac', sampleRate: 48_000 } },
    })
    expect(live.broadcast?.rungs.map(({ id }) => id)).toEqual([
      'source',
      '360p',
      'audio-source',
      'audio-128k',
    ])
    expect((await publisher.exited).code).toBe(0)
    const idle = await waitForState(gateway, stream, 'idle')
    expect(idle.broadcast?.endedAt).toBeDefined()
    expect(idle.session).toBeUndefined()
  })

  it('stands in every playlist and manifest, and it stays playable', async () => {
    await waitForEnd(base)
    const mpd = (await fetchText(`${base}/manifest.mpd`)) ?? ''
    expect(mpd).toContain('type="static"')
    expect(Number(/mediaPresentationDuration="PT([\d.]+)S"/.exec(mpd)?.[1])).toBeCloseTo(seconds, 0)
    for (const manifest of ['index.m3u8', 'manifest.mpd']) {
      expect(await probeDuration(`${base}/${manifest}`), manifest).toBeCloseTo(seconds, 0)
      expect(await decodeStrictly(`${base}/${manifest}`, ['-map', '0'])).toBe('')
    }
  })

  it('takes everything away after a while', async () => {
    await waitFor(async () => (await fetch(`${base}/index.m3u8`)).status === 404, { what: '404' })
    await waitFor(async () => (await filesOf(gateway, stream)).length === 0, { what: 'no files left' })
    const view = await gateway.api<StreamView>('GET', `/v1/streams/${stream}`)
    expect(view).toMatchObject({ name: stream, state: 'idle' })
    expect(view.broadcast).toBeUndefined()
  })
})

describe('a publisher that vanishes', () => {
  const stream = 'shaky'
  let gateway: Gateway
  let base: string
  let publisher: Child
  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_RECONNECT_SECONDS: '6' })
    base = `${gateway.origin}/live/${stream}`
  })
  afterAll(async () => {
    await publisher.stop()
    await gateway.stop()
  })
  const publish = (): Child => publishWithFfmpeg({ url: `${gateway.rtmp}/${stream}`, ...SMALL })

  async function vanish(): Promise<void> {
    publisher.kill('SIGKILL')
    await publisher.exited
    await waitForState(gateway, stream, 'waiting')
  }

  it('comes back into the same broadcast', async () => {
    publisher = publish()
    await waitForSegments(base, 2)
    const { broadcast } = await waitForState(gateway, stream, 'live')
    await vanish()
    publisher = publish()
    const again = await waitForState(gateway, stream, 'live')
    expect(again.broadcast?.id).toBe(broadcast?.id)
    await waitForSegments(base, 5)
  })

  it('is waited for only so long', async () => {
    await vanish()
    expect((await waitForState(gateway, stream, 'idle')).broadcast?.endedAt).toBeDefined()
    await waitForEnd(base)
  })

  it('leaves one discontinuity, and numbers and dates that go on', async () => {
    for (const id of renditionsOf(await readVariants(base))) {
      const { segments } = await readMediaPlaylist(base, id)
      expect(
        segments.map(({ number }) => number),
        id,
      ).toEqual(segments.map((_, index) => index))
      const joints = segments.flatMap(({ discontinuity }, index) => (discontinuity ? [index] : []))
      expect(joints, id).toHaveLength(1)
      // Milliseconds after each segment that no segment covers: none, but until the publisher was back.
      const silences = segments.slice(1).map(({ date }, index) => {
        const before = segments[index]
        return date - (before?.date ?? 0) - (before?.duration ?? 0) * 1000
      })
      const away = silences.splice((joints[0] ?? 0) - 1, 1)[0]
      expect(away, id).toBeGreaterThan(-50)
      for (const silence of silences) expect(Math.abs(silence), id).toBeLessThan(50)
    }
    const mpd = (await fetchText(`${base}/manifest.mpd`)) ?? ''
    expect(mpd.match(/<Period /g)).toHaveLength(2)
    expect(await decodeStrictly(`${base}/manifest.mpd`, ['-map', '0', '-c', 'copy'])).toBe('')
  })
})

describe('stream keys', () => {
  const stream = 'studio'
  let gateway: Gateway
  let key: string
  let publisher: Child
  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_PUBLISH_AUTH: 'key', SLUICE_PROFILE: 'source' })
    const made = await gateway.api<{ key: string }>('POST', '/v1/streams', { name: stream }, 201)
    key = made.key
  })
  afterAll(async () => {
    await publisher.stop()
    await gateway.stop()
  })

  const publish = (with_: string): Child => publishWithFfmpeg({ url: `${gateway.rtmp}/${with_}`, ...SMALL })

  async function expectRefused(with_: string): Promise<void> {
    const refused = publish(with_)
    expect((await refused.exited).code, refused.output()).not.toBe(0)
  }

  async function publishLive(): Promise<void> {
    publisher = publish(key)
    await waitForState(gateway, stream, 'live')
  }

  it('let nobody else publish', async () => {
    await expectRefused('no-such-key')
    await expectRefused(stream)
    expect((await fetch(`${gateway.origin}/live/${stream}/index.m3u8`)).status).toBe(404)
    await publishLive()
    await waitForSegments(`${gateway.origin}/live/${stream}`, 1)
  })

  it('let one publish at a time', async () => {
    await expectRefused(key)
    expect(publisher.running()).toBe(true)
    await waitForState(gateway, stream, 'live')
  })

  it('are worth nothing when they were changed', async () => {
    const old = key
    const made = await gateway.api<{ key: string }>('POST', `/v1/streams/${stream}/key`)
    key = made.key
    await publisher.exited
    await expectRefused(old)
    await publishLive()
  })

  it('do not keep an operator from ending a session', async () => {
    await gateway.api('DELETE', `/v1/streams/${stream}/session`, undefined, 202)
    expect((await publisher.exited).code).not.toBe(0)
    await waitForState(gateway, stream, 'waiting')
    await gateway.api('DELETE', `/v1/streams/${stream}/session`, undefined, 409)
    await publishLive()
  })

  it('go with their stream', async () => {
    await gateway.api('DELETE', `/v1/streams/${stream}`, undefined, 204)
    await publisher.exited
    await gateway.api('GET', `/v1/streams/${stream}`, undefined, 404)
    await expectRefused(key)
    await waitForEnd(`${gateway.origin}/live/${stream}`)
  })
})

/** Every file in the store that belongs to a stream. */
async function filesOf(gateway: Gateway, stream: string): Promise<string[]> {
  const entries = await readdir(`${gateway.dataDir}/segments`, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((path) => path.includes(`/${stream}/`))
}
