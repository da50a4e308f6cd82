import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, publishWithFfmpeg, testCardArguments, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { findNewerClient } from './support/newer-clients.ts'

/** Making a chroot may be part of it. */
const SETUP_TIMEOUT = 600_000

/** What setting a user answers. */
interface Login {
  readonly stream: StreamView
  readonly user: string
  readonly password: string
}

describe('publishing by user and password', () => {
  let gateway: Gateway
  let folder: string
  let login: Login

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-login-'))
    gateway = await startGateway({
      SLUICE_PUBLISH_AUTH: 'key',
      SLUICE_RTMP_PORT: String(await freePort()),
      SLUICE_RTMPT_PORT: String(await freePort()),
      SLUICE_RECONNECT_SECONDS: '0',
    })
    await gateway.api('POST', '/v1/streams', { name: 'studio', profile: 'none' }, 201)
  }, 60_000)
  afterAll(async () => {
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    login = await gateway.api<Login>('PUT', '/v1/streams/studio/publisher', { user: 'alice' })
  })

  const stream = () => gateway.api<StreamView>('GET', '/v1/streams/studio')
  /** The address that the API gave, with user, password and stream. */
  const address = (transport: 'rtmp' | 'rtmpt'): string => {
    const { user, password } = login
    const server = login.stream.addresses.login?.[transport] ?? ''
    return `${server.replace('//', `//${user}:${password}@`)}/studio`
  }
  const publish = (url: string): Child =>
    publishWithFfmpeg({ url, width: 320, height: 180, seconds: 30, audio: 'none' })
  const whileLive = async (child: Child, look: () => Promise<void>): Promise<void> => {
    try {
      await waitFor(async () => (await stream()).session?.video !== undefined, {
        what: `a publisher; it said: ${child.output()}`,
        timeout: 20_000,
      })
      await look()
    } finally {
      await child.stop()
    }
    await waitFor(async () => (await stream()).state === 'idle', { what: 'the end', timeout: 20_000 })
  }

  it.each(['rtmp', 'rtmpt'] as const)(
    'with ffmpeg at the %s address that the API gives',
    async (transport) => {
      await whileLive(publish(address(transport)), async () => {
        expect(await stream()).toMatchObject({ publisher: { user: 'alice' }, session: { user: 'alice' } })
      })
    },
  )

  it('ends when the password is changed', async () => {
    const child = publish(address('rtmp'))
    await whileLive(child, async () => {
      await gateway.api('PUT', '/v1/streams/studio/publisher', { user: 'alice' })
      expect((await child.exited).code).not.toBe(0)
    })
    const late = publish(address('rtmp'))
    expect((await late.exited).code).not.toBe(0)
    expect(late.output()).toContain('Incorrect username/password')
  })

  it.each([
    ['trixie', 'ffmpeg'],
    ['sid', 'ffmpeg'],
    ['sid', 'gst-launch-1.0'],
  ] as const)(
    'with a newer client: %s, %s',
    async (suite, program) => {
      const client = await findNewerClient(suite, program)
      if (typeof client === 'string') {
        console.log(`skipped: ${client}`)
        return
      }
      const url = address('rtmp')
      const args =
        program === 'ffmpeg'
          ? testCardArguments({ url, width: 320, height: 180, seconds: 30, audio: 'none' })
          : [
              ...'videotestsrc is-live=true num-buffers=900 ! video/x-raw,width=320,height=180,framerate=30/1 !'.split(
                ' ',
              ),
              ...'x264enc tune=zerolatency speed-preset=ultrafast ! h264parse ! flvmux streamable=true !'.split(
                ' ',
              ),
              ...['rtmp2sink', `location=${url}`],
            ]
      await whileLive(client.start(folder, args), async () => {
        expect((await stream()).session?.user).toBe('alice')
      })
    },
    SETUP_TIMEOUT,
  )

  it('is not needed where the key is known', async () => {
    const { key } = await gateway.api<{ key: string }>('POST', '/v1/streams/studio/key')
    await whileLive(publish(`${gateway.rtmp}/${key}`), async () => {
      expect((await stream()).session?.user).toBeUndefined()
    })
  })
})
