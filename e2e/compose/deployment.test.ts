import { request } from 'node:https'
import { runChild, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { expectCard } from '../support/card-in-video.ts'
import { WatchPage } from '../support/watch-page.ts'
import { Deployment } from './support/deployment.ts'
import { SteadyPublisher } from './support/steady-publisher.ts'

const STREAM = 'studio'
const MEGABYTE = 1_000_000
const SCALED = ['worker=3', 'origin=2']

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('the picture is not looked at: Chromium is not installed\n')

describe('docker-compose.yml', () => {
  let deployment: Deployment
  let publisher: SteadyPublisher | undefined
  let page: WatchPage | undefined

  beforeAll(async () => {
    deployment = await Deployment.prepare({})
    await deployment.down()
    const began = performance.now()
    await deployment.up()
    note(`up in ${seconds(began)} s`)
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await deployment?.down()
  })

  it('publishes the ports of ingest and edge, and no others', async () => {
    const published = (await deployment.containers())
      .filter(({ HostConfig }) => Object.keys(HostConfig.PortBindings ?? {}).length > 0)
      .map(service)
    expect(published.sort()).toEqual(['edge', 'ingest'])
  })

  it('runs everything healthy, without root, privileges or a file system to write to', async () => {
    const all = await deployment.containers()
    expect(all.map(service).sort()).toEqual(['control', 'edge', 'ingest', 'origin', 'redis', 'worker'])
    for (const { State, Config, HostConfig } of all) {
      const facts = {
        health: State.Health?.Status,
        root: ['', '0', 'root'].includes(Config.User),
        readOnly: HostConfig.ReadonlyRootfs,
        dropped: HostConfig.CapDrop,
        added: HostConfig.CapAdd ?? [],
        noNewPrivileges: HostConfig.SecurityOpt?.includes('no-new-privileges:true'),
        privileged: HostConfig.Privileged,
        init: HostConfig.Init,
        limited: HostConfig.Memory > 0 && HostConfig.PidsLimit > 0,
        rotated: HostConfig.LogConfig.Config['max-size'] !== undefined,
      }
      expect(facts, Config.Image).toEqual({
        health: 'healthy',
        root: false,
        readOnly: true,
        dropped: ['ALL'],
        added: [],
        noNewPrivileges: true,
        privileged: false,
        init: true,
        limited: true,
        rotated: true,
      })
    }
  })

  it('has images of at most 450 MB for the worker and 250 MB for everybody else', async () => {
    for (const { Image, Config } of await deployment.containers()) {
      const size = await imageSize(Image)
      note(`${Config.Image} ${size.toFixed(0)} MB`)
      expect(size, Config.Image).toBeLessThanOrEqual(Config.Image.startsWith('sluice-worker') ? 450 : 250)
    }
  })

  it('lets nobody in without the secrets that it made', async () => {
    const asked = await deployment.compose('exec', '--no-TTY', 'redis', 'redis-cli', 'keys', '*')
    expect(asked).toContain('NOAUTH')
    expect((await fetch(`${deployment.control}/v1/streams`)).status).toBe(401)
    expect((await fetch(`${deployment.edge.http}/metrics`)).status).toBe(404)
    const logs = await deployment.compose('logs', '--no-color')
    expect(logs).not.toMatch(/token \(shown once\)/)
  })

  it('shows viewers a moving picture that a host publishes', async () => {
    const { key } = await deployment.api<{ key: string }>('POST', '/v1/streams', { name: STREAM }, 201)
    publisher = new SteadyPublisher(`${deployment.rtmp}/${key}`)
    await waitFor(async () => (await fetch(`${deployment.edge.http}/live/${STREAM}/index.m3u8`)).ok, {
      what: 'the stream at the edge',
      timeout: 60_000,
      interval: 200,
    })
    if (browser === undefined) return
    page = await WatchPage.open(browser, `${deployment.edge.http}/watch/${STREAM}`)
    await page.waitForSeconds(4)
    expectCard(await page.quarters())
  })

  it('speaks HTTPS with the certificate that it made', async () => {
    expect(await statusByHttps(`${deployment.edge.https}/live/${STREAM}/index.m3u8`)).toBe(200)
  })

  it('is scaled while viewers play', async () => {
    const began = performance.now()
    await deployment.up({ scale: SCALED })
    note(`scaled in ${seconds(began)} s`)
    await waitFor(async () => (await workers()).length === 3, { what: 'three workers' })
    expect(await deployment.containers('origin')).toHaveLength(2)
    await page?.waitForSeconds(4)
  })

  it('goes on when the worker of a stream dies', async () => {
    const running = await workerOf(STREAM)
    const container = (await deployment.containers('worker')).find(({ Config }) =>
      running.startsWith(`${Config.Hostname}-`),
    )
    if (container === undefined) throw new Error(`no worker is ${running}`)
    await deployment.crash(container)
    await waitFor(async () => (await workerOf(STREAM)) !== running, {
      what: 'another worker',
      timeout: 30_000,
    })
    await page?.waitForSeconds(6)
    await waitFor(async () => (await deployment.containers('worker')).length === 3, {
      what: 'the worker to be started again',
    })
  })

  it('goes on when an origin dies', async () => {
    const [first] = await deployment.containers('origin')
    if (first === undefined) throw new Error('there is no origin')
    await deployment.crash(first)
    await page?.waitForSeconds(6)
  })

  it('is upgraded while viewers play', async () => {
    const before = (await deployment.containers()).filter(isOurs).map(({ Id }) => Id)
    const onAir = await broadcast()
    const [redis] = await deployment.containers('redis')
    const upgraded = performance.now()
    await deployment.up({ scale: SCALED, revision: 'second' })
    note(`upgraded in ${seconds(upgraded)} s`)
    const after = (await deployment.containers()).filter(isOurs)
    expect(after.map(({ Id }) => Id).filter((id) => before.includes(id))).toEqual([])
    const revisions = after.map(({ Config }) => Config.Labels['org.opencontainers.image.revision'])
    expect(new Set(revisions)).toEqual(new Set(['second']))
    await waitFor(async () => (await fetch(`${deployment.edge.http}/live/${STREAM}/index.m3u8`)).ok, {
      what: 'the stream at the edge',
    })
    await page?.waitForSeconds(6)
    note(`viewers play ${seconds(upgraded)} s after the upgrade began`)
    if (page !== undefined) expectCard(await page.quarters())
    expect(onAir).toBeDefined()
    expect((await deployment.containers('redis')).map(({ Id }) => Id)).toEqual([redis?.Id])
    expect(await broadcast()).toBe(onAir)
  })

  it('is measured by Prometheus, every process of it', async () => {
    const monitored = ['up', '--detach', '--build', '--wait', '--no-deps', 'prometheus']
    await deployment.compose('--profile', 'monitoring', ...monitored)
    const services = await waitFor(
      async () => {
        const url = 'http://127.0.0.1:9090/api/v1/query?query=up==1'
        const answer = await deployment.compose('exec', '--no-TTY', 'prometheus', 'curl', '--silent', url)
        const found = answer.match(/(?<="service":")[a-z]+/g) ?? []
        return found.length === 7 && found
      },
      { what: 'seven processes that answer Prometheus', timeout: 60_000, interval: 1_000 },
    )
    const expected = ['control', 'ingest', 'origin', 'origin', 'worker', 'worker', 'worker']
    expect(services.sort()).toEqual(expected)
    const [prometheus] = await deployment.containers('prometheus')
    expect(await imageSize(prometheus?.Image ?? '')).toBeLessThanOrEqual(250)
  })

  it('says that there is no GPU, is unhealthy with it, and goes on without', async () => {
    const up = ['up', '--detach', '--build', '--wait', '--wait-timeout', '60', '--no-deps', 'worker-gpu']
    const { code } = await deployment.tryCompose('--profile', 'gpu', ...up)
    expect(code).not.toBe(0)
    await waitFor(
      async () => (await deployment.containers('worker-gpu'))[0]?.State.Health?.Status === 'unhealthy',
      { what: 'a worker that is unhealthy', timeout: 30_000 },
    )
    const logs = await deployment.compose('logs', '--no-color', 'worker-gpu')
    expect(logs).toMatch(/the encoder vaapi .*\/dev\/dri\/renderD128 is no device of a GPU; .*GPU_DEVICE/)
    expect(await workers()).toHaveLength(3)
    await page?.waitForSeconds(4)
    await deployment.compose('rm', '--stop', '--force', 'worker-gpu')
  })

  it('publishes a test card on request', async () => {
    await publisher?.stop()
    await deployment.compose('--profile', 'demo', 'up', '--detach', '--build', '--wait', '--no-deps', 'demo')
    if (browser === undefined) return
    const demo = await WatchPage.open(browser as Browser, `${deployment.edge.http}/watch/testcard`)
    await demo.waitForSeconds(4)
    await demo.close()
  })

  it.each([
    [
      'a secret that is not there',
      ['--env', 'SLUICE_REDIS_URL_FILE=/run/secrets/nothing', 'origin'],
      /SLUICE_REDIS_URL_FILE.*\/run\/secrets\/nothing cannot be read/,
    ],
    [
      'a wrong password of Redis',
      ['--env', 'SLUICE_REDIS_URL_FILE=', '--env', 'SLUICE_REDIS_URL=redis://:wrong@redis', 'ingest'],
      /WRONGPASS.*put the right user and password into SLUICE_REDIS_URL/,
    ],
    [
      'NVIDIA’s encoder without its runtime',
      ['--env', 'SLUICE_WORKER_ENCODER=nvenc', 'worker-gpu'],
      /Cannot load libcuda.*container toolkit \(docker compose: GPU_RUNTIME=nvidia\)/,
    ],
    [
      'a volume that cannot be written to',
      ['--volume', '/of-root', '--env', 'SLUICE_DATA_DIR=/of-root', 'origin'],
      /the data folder \/of-root cannot be used.*make it writable/,
    ],
  ])('says what is wrong with %s', async (_, args, complaint) => {
    const { code, output } = await deployment.tryCompose('run', '--rm', '--no-deps', '--no-TTY', ...args)
    expect(output).toMatch(complaint)
    expect(code).toBe(1)
  })

  it('does not start on a Redis that would delete keys', async ({ onTestFinished }) => {
    const evicting = ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru']
    const redis = await deployment.runRedis(...evicting)
    onTestFinished(() => deployment.discard(redis))
    const address = ['--env', 'SLUICE_REDIS_URL_FILE=', '--env', `SLUICE_REDIS_URL=redis://${redis}`]
    const { code, output } = await deployment.tryCompose(
      ...['run', '--rm', '--no-deps', '--no-TTY', ...address, 'control'],
    )
    expect(output).toMatch(/Redis deletes keys .*allkeys-lru.*set "maxmemory-policy noeviction"/)
    expect(code).toBe(1)
  })

  it('leaves nothing behind', async () => {
    await page?.close()
    await deployment.down()
    expect(await deployment.leftovers()).toEqual([])
  })

  /** Id of the broadcast on air. */
  async function broadcast(): Promise<string | undefined> {
    const { broadcast } = await deployment.api<{ broadcast?: { id: string } }>('GET', `/v1/streams/${STREAM}`)
    return broadcast?.id
  }

  async function workers(): Promise<readonly { readonly id: string }[]> {
    return (await deployment.api<{ workers: { id: string }[] }>('GET', '/v1/workers')).workers
  }

  async function workerOf(stream: string): Promise<string> {
    const answer = await deployment.api<unknown>('GET', `/v1/streams/${stream}`)
    return /"worker":"([^"]+)"/.exec(JSON.stringify(answer))?.[1] ?? ''
  }
})

function service({
  Config,
}: {
  readonly Config: { readonly Labels: Readonly<Record<string, string>> }
}): string {
  return Config.Labels['com.docker.compose.service'] ?? ''
}

/** Built here, and so part of an upgrade. */
function isOurs({ Config }: { readonly Config: { readonly Image: string } }): boolean {
  return Config.Image.startsWith('sluice-')
}

function statusByHttps(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

function note(text: string): void {
  process.stdout.write(`compose: ${text}\n`)
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}

/** In millions of bytes. */
async function imageSize(image: string): Promise<number> {
  const { output } = await runChild('docker', ['image', 'inspect', '--format', '{{.Size}}', image])
  return Number(output) / MEGABYTE
}
