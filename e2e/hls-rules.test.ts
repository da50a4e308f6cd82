import { setTimeout as delay } from 'node:timers/promises'
import { type Child, HlsValidator, publishWithFfmpeg } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { ListFollower, listedRenditions } from './support/list-follower.ts'
import { fetchText, waitForLadder } from './support/media.ts'

/** How long the broadcast lasts: `HLS_RULES_SECONDS=600` holds ten minutes of it to the rules. */
const SECONDS = Number(process.env.HLS_RULES_SECONDS ?? 40)
const PATIENCE_SECONDS = 120
const STREAM = 'rules'
/** The publisher comes back after so many seconds, with a picture of another size. */
const ABSENCE_SECONDS = 2

describe('every version of every media playlist', () => {
  let gateway: Gateway
  let publisher: Child

  beforeAll(async () => {
    // A short window, so that segments leave it.
    gateway = await startGateway({ SLUICE_SEGMENT_SECONDS: '1', SLUICE_WINDOW_SECONDS: '8' })
    publisher = publish(736, 414)
    await waitForLadder(gateway.origin, STREAM, 2)
  })
  afterAll(async () => {
    await publisher?.stop()
    await gateway?.stop()
  })

  function publish(width: number, height: number): Child {
    return publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width, height, frameRate: 30, bitrate: 600 })
  }

  it(
    'keeps the rules of RFC 8216bis, and what it says is there',
    async () => {
      const base = `${gateway.origin}/live/${STREAM}`
      const renditions = listedRenditions((await fetchText(`${base}/index.m3u8`)) ?? '')
      const validator = new HlsValidator()
      const followed = Promise.all(
        renditions.map((rendition) => new ListFollower(base, rendition, validator).run()),
      )
      await delay((SECONDS * 1000) / 2)
      publisher.kill('SIGKILL')
      await publisher.exited
      await delay(ABSENCE_SECONDS * 1000)
      publisher = publish(640, 480)
      await delay((SECONDS * 1000) / 2)
      await publisher.stop('SIGINT')
      const reports = await followed
      process.stdout.write(
        `${validator.versions} versions of ${renditions.join(', ')}: ${reports
          .map(({ hintedParts, unmadeParts, comparedSegments, deltas }) =>
            [hintedParts, unmadeParts, comparedSegments, deltas].join('/'),
          )
          .join(', ')} parts as announced/never made/segments compared/delta updates\n`,
      )
      expect(renditions.length).toBeGreaterThan(2)
      expect(validator.faults).toEqual([])
      expect(reports.flatMap(({ faults }) => faults)).toEqual([])
      expect(validator.brokenHints).toEqual([])
      for (const { hintedParts, unmadeParts, comparedSegments, deltas } of reports) {
        // The one at the end, and those that wait for the publisher.
        expect(unmadeParts).toBeLessThan(6)
        expect(hintedParts).toBeGreaterThan(2 * SECONDS)
        expect(comparedSegments).toBeGreaterThan(SECONDS / 2)
        expect(deltas).toBeGreaterThan(SECONDS)
      }
    },
    (SECONDS + PATIENCE_SECONDS) * 1000,
  )
})
