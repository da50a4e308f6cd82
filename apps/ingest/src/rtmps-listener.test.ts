import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { type CertificateSource, openCertificate } from '@sluice/runtime'
import { clientCommand, clientConnect, clientHandshake, makeCertificate, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_TIMEOUTS } from './rtmp-connection.ts'
import { RTMPS_CERTIFICATE } from './rtmps-certificate.ts'
import { startRtmpsListener } from './rtmps-listener.ts'
import { startRtmptListener } from './rtmpt-listener.ts'
import { testLog } from './testing/log.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const run = promisify(execFile)

describe('RTMP over TLS', () => {
  let folder: string
  let ingest: TestIngest
  let source: CertificateSource
  let port: number

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
    const files = await makeCertificate(folder, 'first')
    ingest = await startTestIngest()
    source = await openCertificate(files, RTMPS_CERTIFICATE, testLog().log, 20)
    ;({ port } = await ingest.listen((options) =>
      startRtmpsListener(options, { certificate: source, tls13: false }),
    ))
  })
  afterEach(async () => {
    await source.stop()
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const secured = (options: ConnectionOptions = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
      socket.once('secureConnect', () => resolve(socket))
      socket.once('error', reject)
    })
  const nameOf = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN

  it('publishes', async () => {
    const socket = await secured()
    expect(socket.getProtocol()).toBe('TLSv1.2')
    socket.on('error', () => undefined)
    socket.write(
      Buffer.concat([
        clientHandshake(),
        clientConnect(),
        clientCommand('createStream', 2, [null]),
        clientCommand('publish', 3, [null, 'secret', 'live'], 1),
      ]),
    )
    await waitFor(() => ingest.hub.find('secret')?.state === 'live', { what: 'the stream' })
    socket.destroy()
    await waitFor(() => ingest.hub.find('secret')?.state !== 'live', { what: 'its end' })
    expect(ingest.codes()).toEqual([])
  })

  it('offers TLS 1.3 where that is wanted', async () => {
    const both = await ingest.listen((options) =>
      startRtmpsListener(options, { certificate: source, tls13: true }),
    )
    const socket = await secured({ port: both.port })
    expect(socket.getProtocol()).toBe('TLSv1.3')
    socket.destroy()
  })

  it('closes a client that wants an old TLS, and says so', async () => {
    await expect(
      secured({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).rejects.toThrow(/alert|closed|reset|disconnected/)
    await waitFor(() => ingest.codes().length > 0, { what: 'the log line' })
    expect(ingest.codes()).toEqual(['ingest.rtmps.tls_version'])
  })

  it('closes a client that does not trust the certificate, and says so', async () => {
    // Node's own client hangs up without the alert that others send.
    const client = ['s_client', '-connect', `127.0.0.1:${port}`, '-verify_return_error']
    await expect(run('openssl', client)).rejects.toThrow('self-signed')
    await waitFor(() => ingest.codes().length > 0, { what: 'the log line' })
    expect(ingest.codes()).toEqual(['ingest.rtmps.untrusted'])
  })

  it('closes a client without TLS, and says so', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(clientHandshake())
    await new Promise((resolve) => socket.once('close', resolve))
    expect(ingest.codes()).toEqual(['ingest.rtmps.not_tls'])
    expect(ingest.lines.at(-1)?.msg).toBe('connection closed: a client without TLS on a TLS port')
  })

  it('stops while a client makes up its mind', async () => {
    const listener = await ingest.listen((options) =>
      startRtmpsListener(options, { certificate: source, tls13: false }),
    )
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')))
    await listener.stop()
    expect(await closed).toBe('closed')
  })

  it('closes a client that says nothing, and says so', async () => {
    const listener = await ingest.listen((options) =>
      startRtmpsListener(
        { ...options, timeouts: { ...DEFAULT_TIMEOUTS, handshake: 200, idle: 1000 } },
        { certificate: source, tls13: false },
      ),
    )
    const socket = connect(listener.port, '127.0.0.1')
    await new Promise((resolve) => socket.once('close', resolve).resume())
    expect(ingest.codes()).toEqual(['ingest.rtmps.handshake_timeout'])
  })

  it('takes a renewed certificate without a restart, as soon as certificate and key fit', async () => {
    const before = await secured()
    const next = await makeCertificate(folder, 'second')
    expect(nameOf(before)).toBe('first')
    await copyFile(next.cert, join(folder, 'first.cert'))
    await new Promise((resolve) => setTimeout(resolve, 200))
    const between = await secured()
    expect(nameOf(between)).toBe('first')
    await copyFile(next.key, join(folder, 'first.key'))
    await waitFor(
      async () => {
        const after = await secured()
        const name = nameOf(after)
        after.destroy()
        return name === 'second'
      },
      { what: 'the new certificate' },
    )
    expect(before.destroyed).toBe(false)
    before.destroy()
    between.destroy()
  })

  it('carries tunnels, too', async () => {
    const tunnel = await ingest.listen((options) =>
      startRtmptListener(options, { certificate: source, tls13: false }),
    )
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: tunnel.port,
          path: '/open/1',
          method: 'POST',
          rejectUnauthorized: false,
        },
        (response) => response.setEncoding('latin1').once('data', resolve),
      )
      sent.on('error', reject)
      sent.end(Uint8Array.of(0))
    })
    expect(answer).toMatch(/^[\w-]{24}\n$/)
  })
})
