import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Metrics } from './metrics.ts'
import { type PrivateServer, startPrivateServer } from './private-server.ts'

describe('the private port', () => {
  let metrics: Metrics
  let server: PrivateServer
  beforeEach(async () => {
    metrics = new Metrics({ version: '1.2.3', streams: 10 })
    server = await startPrivateServer({ host: '127.0.0.1', port: 0, metrics })
  })
  afterEach(() => server.stop())
  const get = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method })

  it('tells Prometheus what is measured, and what any process has', async () => {
    const answer = await get('/metrics')
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await answer.text()
    expect(text).toContain('sluice_build_info{version="1.2.3"} 1')
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds'])
      expect(text).toMatch(new RegExp(`^${name} `, 'm'))
  })

  it('says that the process is alive, and whether it is ready', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await get('/readyz')).status).toBe(200)
    metrics.check('store', () => Promise.reject(new Error('the disk is full')))
    const answer = await get('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'unavailable', reasons: ['store: the disk is full'] })
    expect((await get('/healthz')).status).toBe(200)
  })

  it('has nothing else', async () => {
    expect((await get('/')).status).toBe(404)
    expect((await get('/metrics', 'POST')).status).toBe(405)
  })

  it('says what to do where its port is taken', async () => {
    const second = startPrivateServer({ host: '127.0.0.1', port: server.port, metrics })
    await expect(second).rejects.toMatchObject({
      code: 'metrics.port.unusable',
      message: expect.stringContaining('SLUICE_METRICS_PORT'),
    })
  })
})
