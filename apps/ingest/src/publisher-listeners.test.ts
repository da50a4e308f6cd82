import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@sluice/runtime'
import { freePort } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPublisherListeners } from './publisher-listeners.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

describe('the listeners for publishers', () => {
  let folder: string
  let ingest: TestIngest

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-listeners-'))
    ingest = await startTestIngest()
  })
  afterEach(async () => {
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const start = (env: Readonly<Record<string, string>>, withTunnels = true) =>
    ingest.listen(async (settings) => {
      const config = loadConfig({
        env: { SLUICE_DATA_DIR: folder, SLUICE_BIND: '127.0.0.1', SLUICE_RTMP_PORT: '0', ...env },
      })
      const listeners = await startPublisherListeners(config, settings, withTunnels)
      return { ...listeners, port: listeners.ports.rtmp }
    })
  const answers = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => resolve(false))
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
    })

  it('are one unless more are wanted, and need no certificate', async () => {
    const { port } = await start({})
    expect(await answers(port)).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })

  it('are as many as have a port, with a certificate in the data folder', async () => {
    const [rtmps, rtmpt, rtmpts] = [await freePort(), await freePort(), await freePort()]
    await start({
      SLUICE_RTMPS_PORT: String(rtmps),
      SLUICE_RTMPT_PORT: String(rtmpt),
      SLUICE_RTMPTS_PORT: String(rtmpts),
    })
    expect(await Promise.all([rtmps, rtmpt, rtmpts].map(answers))).toEqual([true, true, true])
    expect(await readdir(folder)).toEqual(['rtmps-certificate.pem'])
  })

  it('are without tunnels where another process has them', async () => {
    const [rtmps, rtmpt, rtmpts] = [await freePort(), await freePort(), await freePort()]
    const ports = { SLUICE_RTMPT_PORT: String(rtmpt), SLUICE_RTMPTS_PORT: String(rtmpts) }
    await start({ ...ports, SLUICE_RTMPS_PORT: String(rtmps) }, false)
    expect(await Promise.all([rtmps, rtmpt, rtmpts].map(answers))).toEqual([true, false, false])
  })

  it('accept nobody any more when they are told so, and keep those who are there', async () => {
    const rtmpt = await freePort()
    const listener = await start({ SLUICE_RTMPT_PORT: String(rtmpt) })
    const there = [listener.port, rtmpt].map((port) => connect(port, '127.0.0.1'))
    await Promise.all(there.map((socket) => once(socket, 'connect')))
    listener.refuse()
    expect(await Promise.all([listener.port, rtmpt].map(answers))).toEqual([false, false])
    expect(there.map(({ readyState }) => readyState)).toEqual(['open', 'open'])
    for (const socket of there) socket.destroy()
  })

  it('do not start by halves', async () => {
    const rtmpt = await freePort()
    const taken = String(ingest.port)
    await expect(
      start({ SLUICE_RTMPT_PORT: String(rtmpt), SLUICE_RTMPTS_PORT: taken }),
    ).rejects.toMatchObject({
      code: 'ingest.rtmpts.listen',
      message: expect.stringContaining('SLUICE_RTMPTS_PORT'),
    })
    expect(await answers(rtmpt)).toBe(false)
  })
})
