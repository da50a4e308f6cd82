import { type Child, freePort, publishWithFfmpeg, runChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isInstalled } from './support/edge/edges.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { DASHBOARDS, dashboardQueries, type Prometheus, startPrometheus } from './support/prometheus.ts'

const STREAM = 'measured'
const RULES = new URL('../infra/prometheus/', import.meta.url).pathname

/** Series that are there only once something went wrong. */
const NEEDS_A_FAULT = /sluice_ingest_publishes_refused_total|sluice_worker_failures_total/

describe('monitoring', () => {
  let metrics: string
  let gateway: Gateway
  let publisher: Child
  let prometheus: Prometheus
  let watching: NodeJS.Timeout
  let missing: string | undefined
  beforeAll(async () => {
    if (!(await isInstalled('prometheus'))) {
      missing = 'prometheus is not installed'
      return
    }
    const port = await freePort()
    metrics = `http://127.0.0.1:${port}`
    gateway = await startGateway({ SLUICE_METRICS_PORT: String(port) })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 854, height: 480 })
    prometheus = await startPrometheus(`127.0.0.1:${port}`)
    const watch = async (): Promise<void> => {
      const folder = `${gateway.origin}/live/${STREAM}/source/`
      const list = await (await fetch(`${folder}index.m3u8`)).text()
      const [segment = 'none.m4s'] = list.match(/^[^#].*m4s$/m) ?? []
      for (const file of [segment, '../manifest.mpd', 'nothing.m4s'])
        await (await fetch(new URL(file, folder))).arrayBuffer()
      await gateway.api('GET', '/v1/streams')
    }
    watching = setInterval(() => void watch().catch(() => undefined), 500)
  })
  afterAll(async () => {
    clearInterval(watching)
    await prometheus?.stop()
    await publisher?.stop()
    await gateway?.stop()
  })

  it.for(DASHBOARDS)('every query of the dashboard %s has an answer', async (name, context) => {
    if (missing !== undefined) context.skip(missing)
    for (const { place, expression } of await dashboardQueries(name, STREAM)) {
      if (NEEDS_A_FAULT.test(expression)) await prometheus.query(expression)
      else
        await waitFor(async () => (await prometheus.query(expression)).length > 0, {
          ...{ what: `an answer to ${place}: ${expression}`, interval: 300, timeout: 40_000 },
        })
    }
  })

  it('evaluates every alert, and none is due for somebody’s sleep', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const alerts = await waitFor(
      async () => {
        const loaded = await prometheus.alerts()
        return loaded.every(({ health }) => health !== 'unknown') && loaded
      },
      { what: 'every alert to be evaluated' },
    )
    expect(alerts.length).toBeGreaterThan(15)
    expect(alerts.filter(({ health }) => health !== 'ok')).toEqual([])
    const firing = await prometheus.query('ALERTS{severity="page",alertstate="firing"}')
    expect(firing).toEqual([])
  })

  it('has rules and a configuration that promtool accepts, and that do what their tests say', async (context) => {
    if (missing !== undefined) context.skip(missing)
    for (const args of [
      ['check', 'config', `${RULES}prometheus.yml`],
      ['check', 'rules', `${RULES}alerts.yml`],
      ['test', 'rules', `${RULES}alerts.test.yml`],
    ]) {
      const { code, output } = await runChild('promtool', args)
      expect(code, output).toBe(0)
    }
  })

  it('is ready while all roles are, and keeps to its private port', async (context) => {
    if (missing !== undefined) context.skip(missing)
    expect(await (await fetch(`${metrics}/readyz`)).json()).toEqual({ status: 'ready' })
    for (const address of [gateway.origin, gateway.control])
      expect((await fetch(`${address}/metrics`)).status).toBe(404)
  })

  it('lets the series of a stream go when that is over', async (context) => {
    if (missing !== undefined) context.skip(missing)
    await publisher.stop()
    await waitFor(
      async () => !(await (await fetch(`${metrics}/metrics`)).text()).includes('sluice_stream_ring_bytes{'),
      {
        ...{ what: 'the end of the series', interval: 300, timeout: 30_000 },
      },
    )
    const text = await (await fetch(`${metrics}/metrics`)).text()
    expect(text).toMatch(/^sluice_ingest_media_bytes_total [1-9]/m)
  })
})

describe('an ingest of several processes', () => {
  let gateway: Gateway
  let publisher: Child
  let metrics: string
  beforeAll(async () => {
    const port = await freePort()
    metrics = `http://127.0.0.1:${port}`
    gateway = await startGateway({
      ...{ SLUICE_METRICS_PORT: String(port), SLUICE_INGEST_PROCESSES: '2', SLUICE_PROFILE: 'none' },
    })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 320, height: 180 })
  })
  afterAll(async () => {
    await publisher?.stop()
    await gateway?.stop()
  })

  it('answers as one', async () => {
    const text = await waitFor(
      async () => {
        const answer = await (await fetch(`${metrics}/metrics`)).text()
        return answer.includes(`sluice_stream_publisher_up{stream="${STREAM}"} 1`) && answer
      },
      { what: 'the stream of a process', interval: 200, timeout: 30_000 },
    )
    expect(text).toContain('sluice_ingest_streams{state="live"} 1')
    expect(text).toContain('sluice_ingest_publishes_total 1')
    // Redis as the processes and the roles beside them see it: up, and not twice as much.
    expect(text).toContain('sluice_redis_up{role="ingest"} 1')
    expect(text).toContain('sluice_redis_up{role="worker"} 1')
    expect(text.match(/^# HELP sluice_ingest_streams /gm)).toHaveLength(1)
    expect(await (await fetch(`${metrics}/readyz`)).json()).toEqual({ status: 'ready' })
  })
})
