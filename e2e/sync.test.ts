import { publishWithFfmpeg } from '@sluice/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { waitForEnd } from './support/playlists.ts'
import { measureSync, type SyncMark, worstOffset } from './support/sync.ts'

/** Sound and picture may be this far apart, in milliseconds. ITU-R BT.1359 hears it from 45 ms on. */
const SYNC_LIMIT = 40
/** What may change from the first marks to the last, in milliseconds: one sample a packet would be far more. */
const DRIFT_LIMIT = 2

describe('sound and picture', () => {
  let gateway: Gateway
  afterEach(() => gateway.stop())

  it('are together after five minutes', async () => {
    gateway = await startGateway({ SLUICE_PROFILE: 'source', SLUICE_WINDOW_SECONDS: '600' })
    const seconds = 310
    const publisher = publishWithFfmpeg({
      url: `${gateway.rtmp}/long`,
      ...{ width: 192, height: 108, frameRate: 25, bitrate: 200, video: 'flash' },
      // A packet of 1024 samples is no whole number of milliseconds: what RTMP rounds must not add up.
      ...{ sampleRate: 44_100, audio: 'beep' },
      seconds,
      speed: 20,
    })
    expect((await publisher.exited).code, publisher.output()).toBe(0)
    await waitForEnd(`${gateway.origin}/live/long`)
    const marks = await measureSync(`${gateway.origin}/live/long/index.m3u8`)
    expect(marks.length).toBeGreaterThan(seconds - 5)
    expectTogether('source', marks)
  })

  it('are together in encoded rungs after a minute', async () => {
    gateway = await startGateway({ SLUICE_WINDOW_SECONDS: '120' })
    const seconds = 65
    const publisher = publishWithFfmpeg({
      url: `${gateway.rtmp}/ladder`,
      ...{ width: 736, height: 414, video: 'flash', seconds },
      ...{ sampleRate: 44_100, audio: 'beep' },
    })
    expect((await publisher.exited).code, publisher.output()).toBe(0)
    const variants = await waitForEnd(`${gateway.origin}/live/ladder`)
    expect(variants.map(({ id }) => id)).toEqual(['source', '360p'])
    for (const [program, { id }] of variants.entries()) {
      const marks = await measureSync(`${gateway.origin}/live/ladder/index.m3u8`, program)
      expect(marks.length, id).toBeGreaterThan(seconds - 5)
      expectTogether(id, marks)
    }
  })
})

function expectTogether(what: string, marks: readonly SyncMark[]): void {
  const mean = (some: readonly SyncMark[]): number =>
    some.reduce((sum, { offset }) => sum + offset, 0) / some.length
  const [start, end] = [mean(marks.slice(0, 5)), mean(marks.slice(-5))]
  const worst = worstOffset(marks)
  process.stdout.write(
    `${what}: sound late by ${start.toFixed(1)} ms at the start, ${end.toFixed(1)} ms after ` +
      `${marks.at(-1)?.flash.toFixed(0)} s, ${worst.toFixed(1)} ms at worst\n`,
  )
  expect(worst).toBeLessThanOrEqual(SYNC_LIMIT)
  expect(Math.abs(end - start)).toBeLessThanOrEqual(DRIFT_LIMIT)
}
