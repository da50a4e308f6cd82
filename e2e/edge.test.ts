import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CountedOrigin, countOrigin } from './support/edge/counted-origin.ts'
import { type Edge, isInstalled, startNginx, startVarnish } from './support/edge/edges.ts'
import { type Crowd, startCrowd } from './support/edge/low-latency-viewers.ts'
import { type Gateway, startGateway } from './support/gateway.ts'

const VIEWERS = 500
/** What viewers see: some segments of it. */
const PARTS = 30
const PART_MILLIS = 500
/** Viewers who ask ahead. */
const FORESIGHTED = 100
const STREAM = 'edge'

const EDGES = [
  { name: 'nginx', program: 'nginx', start: startNginx },
  { name: 'Varnish', program: 'varnishd', start: startVarnish },
] as const

describe.each(EDGES)('$name in front of the origin', ({ name, program, start }) => {
  let gateway: Gateway
  let publisher: Child
  let origin: CountedOrigin
  let edge: Edge
  let missing: string | undefined
  beforeAll(async () => {
    if (!(await isInstalled(program))) {
      missing = `${program} is not installed`
      return
    }
    gateway = await startGateway({
      SLUICE_PROFILE: 'source',
      SLUICE_PART_MS: String(PART_MILLIS),
      SLUICE_PLAYBACK_SECRETS: 'k1:a-secret-for-edges-in-tests',
      SLUICE_ORIGIN_TRUSTED_PROXIES: '127.0.0.1',
    })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 320, height: 180 })
    origin = await countOrigin(gateway.origin)
    edge = await start(origin.port)
  })
  afterAll(async () => {
    await edge?.stop()
    await origin?.stop()
    await publisher?.stop()
    await gateway?.stop()
  })

  async function token(grant: { readonly address?: string } = {}): Promise<string> {
    const path = `/v1/streams/${STREAM}/playback-token`
    const { token: made } = await gateway.api<{ token: string }>('POST', path, { expiresIn: 600, ...grant })
    return made
  }

  async function addressOf(made: string): Promise<string> {
    const playlist = `${edge.url}/live/~${made}/${STREAM}/source/index.m3u8`
    await waitFor(async () => (await (await fetch(playlist)).text()).includes('#EXTINF'), {
      what: 'a segment',
      interval: 200,
      timeout: 40_000,
    })
    return playlist
  }

  /** Lets a crowd see so many parts, whose every answer has to be right. */
  async function letWatch(crowd: Crowd): Promise<void> {
    await waitFor(() => crowd.receivedAt.size >= PARTS || crowd.failures.length > 0, {
      what: `${PARTS} parts`,
      interval: 200,
      timeout: 60_000,
    })
    await crowd.stop()
    expect(crowd.failures).toEqual([])
    // A plain playlist is old after a second; everything else has one answer.
    const repeated = [...origin.requests].filter(([path, count]) => count > 1 && !path.endsWith('.m3u8'))
    expect(repeated).toEqual([])
  }

  /** Milliseconds from when the origin had listed a part to an event of a viewer, in their order; negative before it. */
  function afterAnnouncement(events: ReadonlyMap<string, readonly number[]>): number[] {
    return [...events]
      .flatMap(([part, times]) => {
        const announced = origin.announcedAt.get(part)
        return announced === undefined ? [] : times.map((time) => time - announced)
      })
      .sort((a, b) => a - b)
  }

  function expectLowLatency(crowd: Crowd, viewers: string): void {
    const late = afterAnnouncement(crowd.receivedAt)
    const quantile = (q: number): number => late[Math.floor(q * (late.length - 1))] ?? Number.NaN
    console.log(
      `${name}, ${viewers}: ${late.length} parts received, ${origin.requests.size} things asked of the origin; from announced to received: ` +
        [0.5, 0.95, 0.99].map((q) => `${q * 100} % within ${quantile(q).toFixed(0)} ms`).join(', '),
    )
    expect(quantile(0.5)).toBeLessThan(PART_MILLIS)
    expect(quantile(0.95)).toBeLessThan(2 * PART_MILLIS)
  }

  it(`serves ${VIEWERS} low-latency viewers and asks the origin once for each thing`, async (context) => {
    if (missing !== undefined) context.skip(missing)
    const playlist = await addressOf(await token())
    // The viewers are on this machine too: one that is too slow for all of them has to be quick for a quarter.
    const crowds = [VIEWERS, VIEWERS / 2, VIEWERS / 4]
    for (const viewers of crowds) {
      const crowd = startCrowd(playlist, viewers)
      await letWatch(crowd)
      expect(afterAnnouncement(crowd.receivedAt).length).toBeGreaterThan((viewers * PARTS) / 2)
      try {
        return expectLowLatency(crowd, `${viewers} viewers`)
      } catch (error) {
        if (viewers === crowds.at(-1)) throw error
      }
    }
  })

  it('holds those who ask for an announced part, and gives it to all of them as it comes', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const crowd = startCrowd(await addressOf(await token()), FORESIGHTED, { ahead: true })
    await letWatch(crowd)
    const asked = afterAnnouncement(crowd.askedAt)
    const ahead = asked.filter((time) => time < 0).length
    console.log(`${name}: ${ahead} of ${asked.length} parts were asked for before the origin had listed them`)
    expect(ahead).toBeGreaterThan(asked.length / 2)
    expectLowLatency(crowd, `${FORESIGHTED} viewers who ask ahead`)
  })

  it('gives what it has to those alone who have a token, and asks for it once whatever their tokens', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const tokens = [await token(), await token({ address: '127.0.0.1' })]
    const playlist = await addressOf(tokens[0] ?? '')
    const [segment = ''] = /^[^#\n]+\.m4s$/m.exec(await (await fetch(playlist)).text()) ?? []
    const pathWith = (made: string): string => `${edge.url}/live/${made}${STREAM}/source/${segment}`
    for (const made of tokens) expect((await fetch(pathWith(`~${made}/`))).status).toBe(200)
    const asked = [...origin.requests].filter(([path]) => path.endsWith(`/${segment}`))
    expect(asked.reduce((sum, [, count]) => sum + count, 0)).toBe(1)

    const refused = async (made: string): Promise<unknown[]> => {
      const answer = await fetch(pathWith(made))
      return [answer.status, ((await answer.json()) as { readonly code: string }).code]
    }
    expect(await refused('')).toEqual([401, 'origin.token.missing'])
    expect(await refused(`~${tokens[0]?.slice(0, -3)}abc/`)).toEqual([401, 'origin.token.forged'])
    expect(await refused(`~${await token({ address: '192.0.2.1' })}/`)).toEqual([
      403,
      'origin.token.wrong_address',
    ])
    const introduced = await fetch(`${pathWith('').replace(segment, 'index.m3u8')}?token=${tokens[0]}`)
    expect([introduced.status, introduced.url.includes(`/live/~${tokens[0]}/`)]).toEqual([200, true])
  })
})
