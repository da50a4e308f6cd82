import { type Child, publishWithFfmpeg } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { DashPage, type DashPageOptions, type DashPlayerName } from './support/dash-page.ts'
import { isInstalled, startNginx, startVarnish } from './support/edge/edges.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { waitForLadder } from './support/media.ts'

const STREAM = 'low'
/** More than players load at once, and several segments. */
const STEADY_SECONDS = 8
/** Seconds: far less than any player without low latency is behind. */
const LOW_LATENCY = 2.5
const HOURS = 3600

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('browser tests are skipped: Chromium is not installed\n')

describe.skipIf(browser === undefined)('low-latency DASH in Chromium', () => {
  let gateway: Gateway
  let publisher: Child

  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_PROFILE: 'source' })
    publisher = publish()
    await waitForLadder(gateway.origin, STREAM, 1)
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await gateway?.stop()
  })

  function publish(): Child {
    return publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 640, height: 360, frameRate: 25 })
  }

  function open(
    player: DashPlayerName,
    file: string,
    { origin = gateway.origin, ...options }: DashPageOptions & { readonly origin?: string } = {},
  ): Promise<DashPage> {
    return DashPage.open(browser as Browser, player, `${origin}/live/${STREAM}/${file}`, options)
  }

  async function expectNearLive(page: DashPage): Promise<void> {
    await page.waitForSteady(STEADY_SECONDS, LOW_LATENCY)
    expect(await page.errors()).toEqual([])
    await page.close()
  }

  it.each(['dash.js', 'shaka'] as const)('%s plays near the live edge, without a stall', async (player) => {
    await expectNearLive(await open(player, 'low-latency.mpd'))
  })

  it.each([
    ['nginx', startNginx],
    ['varnishd', startVarnish],
  ] as const)('dash.js plays near the live edge through %s', async (program, start) => {
    if (!(await isInstalled(program)))
      return void process.stdout.write(`skipped: ${program} is not installed\n`)
    const edge = await start(Number(new URL(gateway.origin).port))
    try {
      await expectNearLive(await open('dash.js', 'low-latency.mpd', { origin: edge.url }))
    } finally {
      await edge.stop()
    }
  })

  it.each([
    ['low-latency.mpd', 3],
    ['low-latency.mpd', -3],
    ['manifest.mpd', 3],
    ['manifest.mpd', -3],
  ])('dash.js plays %s for a viewer whose clock is %i hours ahead', async (file, hours) => {
    const page = await open('dash.js', file, { clockAhead: hours * HOURS })
    await page.waitForSeconds(3)
    expect(await page.errors()).toEqual([])
    await page.close()
  })

  it('goes on when the publisher comes back, and ends with the broadcast', async () => {
    const page = await open('dash.js', 'low-latency.mpd')
    await page.waitForSeconds(1)
    publisher.kill('SIGKILL')
    await publisher.exited
    await page.waitFor(async () => (await page.stalls()) > 0, 'the end of what there is')
    publisher = publish()
    await page.waitForSeconds(STEADY_SECONDS)
    await publisher.stop('SIGINT')
    await page.waitForEnd()
  })
})
