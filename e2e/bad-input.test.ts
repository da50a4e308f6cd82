import { existsSync, readFileSync } from 'node:fs'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  type Child,
  publishWithFfmpeg,
  RtmpTestClient,
  runChild,
  startChild,
  testCardArguments,
  waitFor,
} from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { readMediaPlaylist, readVariants } from './support/playlists.ts'
import { rawGet } from './support/raw-http.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }
const CAPTURES = new URL('../../shared/captures/', import.meta.url)
const SECRET = 'what no viewer may read'

describe('whatever is thrown at a gateway', () => {
  let gateway: Gateway
  let key: string
  let publisher: Child

  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_PUBLISH_AUTH: 'key' })
    key = await makeKey('bystander')
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${key}`, ...SMALL })
    await waitFor(async () => (await lastSegment()) >= 0, { what: 'the first segment', timeout: 40_000 })
  })
  // The stream beside all this goes on, on every rung and without a joint.
  afterEach(async () => {
    const before = await lastSegment()
    await waitFor(async () => (await lastSegment()) > before, { what: 'another segment', timeout: 20_000 })
  })
  afterAll(async () => {
    await publisher.stop()
    await gateway.stop()
  })

  const base = (): string => `${gateway.origin}/live/bystander`
  const makeKey = async (name: string): Promise<string> =>
    (await gateway.api<{ key: string }>('POST', '/v1/streams', { name, profile: 'source' }, 201)).key

  /** Number of the newest segment that both rungs have. */
  async function lastSegment(): Promise<number> {
    const variants = await readVariants(base())
    const newest = await Promise.all(
      variants.map(async ({ id }) => {
        const { segments } = await readMediaPlaylist(base(), id)
        expect(segments.filter(({ discontinuity }) => discontinuity)).toEqual([])
        return segments.at(-1)?.number ?? -1
      }),
    )
    return Math.min(...newest)
  }

  /** The log's lines with a code, from here on. */
  function codesFrom(position: number): string[] {
    return gateway
      .output()
      .slice(position)
      .split('\n')
      .flatMap((line) => (line.startsWith('{') && line.includes('"code"') ? [JSON.parse(line)] : []))
      .filter(({ level }) => level !== 'debug')
      .map(({ code }) => code)
  }

  it('an encoder with a wrong key is told so', async () => {
    const position = gateway.output().length
    const refused = publishWithFfmpeg({ url: `${gateway.rtmp}/no-such-key`, ...SMALL })
    expect((await refused.exited).code).not.toBe(0)
    expect(refused.output()).toContain('Server error: the stream key or name is not known here')
    expect(codesFrom(position)).toEqual(['ingest.publish.unknown_key'])
    expect(gateway.output()).not.toContain('no-such-key')
  })

  it('a second encoder with the same key is told so', async () => {
    const position = gateway.output().length
    const refused = publishWithFfmpeg({ url: `${gateway.rtmp}/${key}`, ...SMALL })
    expect((await refused.exited).code).not.toBe(0)
    expect(refused.output()).toContain('Server error: the stream is already live')
    expect(codesFrom(position)).toEqual(['ingest.publish.busy'])
  })

  it.each([
    ['Sorenson H.263', 'video', ['-c:v', 'flv1', '-c:a', 'aac']],
    ['ADPCM', 'audio', ['-c:a', 'adpcm_swf', '-ar', '44100']],
    ['Speex', 'audio', ['-c:a', 'libspeex', '-ar', '16000', '-ac', '1']],
    ['Nellymoser', 'audio', ['-c:a', 'nellymoser', '-ar', '44100', '-ac', '1']],
  ])('an encoder that sends %s is told what works', async (codec, kind, extra) => {
    const position = gateway.output().length
    const url = `${gateway.rtmp}/${await makeKey(codec.toLowerCase().replaceAll(/\W/g, ''))}`
    const encoder = extra[1]
    const known = await runChild('ffmpeg', [
      '-hide_banner',
      '-h',
      `encoder=${encoder === 'flv1' ? 'flv' : encoder}`,
    ])
    if (known.output.includes('is not recognized')) {
      console.log(`skipped: this ffmpeg has no ${encoder}`)
      return
    }
    const refused = startChild('ffmpeg', testCardArguments({ url, ...SMALL, extra }))
    expect((await refused.exited).code).not.toBe(0)
    expect(refused.output()).toMatch(
      new RegExp(`Server error: .*${codec}.*publish H\\.264, HEVC, AV1 or VP9 video and AAC or Opus audio`),
    )
    expect(codesFrom(position)).toEqual([`ingest.${kind}.unsupported_codec`])
  })

  it('the recorded OBS that sends Opus as AAC is refused', async () => {
    const code = 'ingest.audio.unsupported_codec'
    const file = new URL('obs-32.2-opus-mislabelled.c2s', CAPTURES)
    if (!existsSync(file)) {
      console.log(`skipped: ${file.pathname} is not there`)
      return
    }
    // A gateway of its own: the recording has its own stream name in it.
    const open = await startGateway({ SLUICE_PROFILE: 'source' })
    try {
      const client = new RtmpTestClient(Number(new URL(open.rtmp).port))
      client.send(readFileSync(file))
      await client.untilClosed()
      expect(client.statuses.at(-1)).toMatchObject({ level: 'error', code: 'NetStream.Publish.Denied' })
      expect(open.output()).toContain(`"code":"${code}"`)
    } finally {
      await open.stop()
    }
  })

  it('500 connections that say nothing are closed at the deadline, and cost little', async () => {
    const position = gateway.output().length
    const [gatewayProcess] = gateway.children
    const before = await residentBytes(gatewayProcess?.pid ?? 0)
    let closed = 0
    const sockets = Array.from({ length: 500 }, (_, i) => {
      const socket = connect(Number(new URL(gateway.rtmp).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.on('close', () => {
        closed += 1
      })
      // Every second one begins a handshake and goes silent.
      if (i % 2 === 0) socket.write(Uint8Array.of(3, 0, 0, 0))
      return socket.resume()
    })
    await waitFor(() => closed === sockets.length, { what: 'the end of 500 connections', timeout: 30_000 })
    const grown = (await residentBytes(gatewayProcess?.pid ?? 0)) - before
    expect(grown).toBeLessThan(150 * 1024 * 1024)
    expect(codesFrom(position)).toEqual(Array.from({ length: 500 }, () => 'ingest.rtmp.no_publish'))
  })

  it.each([
    ['a stream that is not there', '/live/nobody/index.m3u8', 'origin.stream.unknown'],
    ['its manifest', '/live/nobody/manifest.mpd', 'origin.stream.unknown'],
    ['a rendition that is not there', '/live/bystander/4320p/index.m3u8', 'origin.rendition.unknown'],
    ['a segment that is not there', '/live/bystander/source/x.1.0.99999.m4s', 'origin.file.unknown'],
    ['an init segment that is not there', '/live/bystander/source/x.1.init9.mp4', 'origin.file.unknown'],
    ['a part of another name', '/live/bystander/source/secret.txt', 'origin.file.unknown'],
  ])('%s: a problem with its code', async (_, target, code) => {
    const { status, contentType, body } = await rawGet(gateway.origin, target)
    expect(status).toBe(404)
    expect(contentType).toContain('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status: 404, title: 'Not Found', code })
  })

  it('no path leads out of the store', async () => {
    await writeFile(join(gateway.dataDir, 'secret.txt'), SECRET)
    await writeFile(join(gateway.dataDir, 'segments', 'secret.txt'), SECRET)
    await writeFile(join(gateway.dataDir, 'segments', 'bystander', 'source', 'secret.txt'), SECRET)
    await symlink('/etc', join(gateway.dataDir, 'segments', 'bystander', 'etc'))
    const up = [
      '..',
      '%2e%2e',
      '%2E%2e',
      '.%2e',
      '..%2f..',
      '%252e%252e',
      '..%5c',
      '..\\',
      '%c0%ae%c0%ae',
      '....//',
    ]
    const targets = [
      ...up.flatMap((step) => [
        `/live/${step}/secret.txt`,
        `/live/bystander/${step}/secret.txt`,
        `/live/bystander/source/${step}`,
        `/live/bystander/source/${step}/${step}/${step}/secret.txt`,
        `/live/bystander/source/${step}%2f${step}%2fsecret.txt`,
        `/assets/${step}/${step}/secret.txt`,
        `/${step}/secret.txt`,
        `/watch/${step}`,
      ]),
      '/live/bystander/source/secret.txt%00.m4s',
      '/live/bystander/source/%00',
      '/live/bystander%00/index.m3u8',
      '/live/bystander/source/secret.txt\0',
      '/live/bystander/etc/passwd',
      `/live/${'a'.repeat(5000)}/index.m3u8`,
      `/live/bystander/source/${'a'.repeat(5000)}.m4s`,
      `/live/bystander/${'%2e'.repeat(300)}/x`,
      '//etc/passwd',
      '/live//index.m3u8',
      '/live/bystander//index.m3u8',
      '/%',
      '/live/%zz/index.m3u8',
      'http://elsewhere/live/nobody/index.m3u8',
    ]
    for (const target of targets) {
      const { status, contentType, body } = await rawGet(gateway.origin, target)
      const shown = target.slice(0, 80)
      // A request line that HTTP itself does not allow is no request at all.
      expect([shown, target.includes('\0') ? 400 : 404]).toEqual([shown, status])
      expect([shown, contentType]).toEqual([shown, expect.stringContaining('application/problem+json')])
      expect(body).not.toContain(SECRET)
      expect(body).not.toContain('root:')
    }
  })

  it('and nothing was wrong but what was thrown', () => {
    const output = gateway.output()
    expect(output).not.toMatch(/unhandled|TypeError|RangeError|"level":"(error|fatal)"/i)
    expect(publisher.running()).toBe(true)
  })
})

/** Resident memory of a process. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
