import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateSource, openCertificate, selfSignedCertificate } from '@sluice/runtime'
import { type Child, clientVersion, publishWithFfmpeg, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { RTMPS_CERTIFICATE } from './rtmps-certificate.ts'
import { startRtmpsListener } from './rtmps-listener.ts'
import { startRtmptListener } from './rtmpt-listener.ts'
import { testLog } from './testing/log.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const FRAMES = 60

/** Publishes a test picture and a tone with GStreamer. @param sink - with its properties. */
function publishWithSink(sink: string): Child {
  const pipeline =
    `flvmux name=mux streamable=true ! ${sink} ` +
    `videotestsrc is-live=true num-buffers=${FRAMES} ! video/x-raw,format=I420,width=320,height=180,framerate=30/1 ! ` +
    'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! h264parse ! queue ! mux. ' +
    'audiotestsrc is-live=true num-buffers=94 ! audio/x-raw,rate=48000 ! avenc_aac ! aacparse ! queue ! mux.'
  return startChild('gst-launch-1.0', pipeline.split(' '))
}

describe('real clients', () => {
  let folder: string
  let ingest: TestIngest
  let certificate: CertificateSource
  const ports: Record<string, number> = {}
  /** By tool, of those that are installed. */
  const versions = new Map<string, string>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-clients-'))
    ingest = await startTestIngest({ env: { SLUICE_RTMP_ENCRYPTION: 'accept' } })
    const { log } = testLog()
    const files = await selfSignedCertificate(RTMPS_CERTIFICATE, { dataDir: folder, log })
    certificate = await openCertificate(files, RTMPS_CERTIFICATE, log)
    const tls = { certificate, tls13: false }
    const rtmps = await ingest.listen((options) => startRtmpsListener(options, tls))
    const rtmpt = await ingest.listen((options) => startRtmptListener(options))
    const rtmpts = await ingest.listen((options) => startRtmptListener(options, tls))
    Object.assign(ports, {
      rtmp: ingest.port,
      rtmpe: ingest.port,
      rtmps: rtmps.port,
      rtmpt: rtmpt.port,
      rtmpte: rtmpt.port,
      rtmpts: rtmpts.port,
    })
    for (const tool of ['ffmpeg', 'rtmpsink', 'rtmp2sink'] as const) {
      const version = await clientVersion(tool)
      if (version !== undefined) versions.set(tool, version)
    }
  })
  afterAll(async () => {
    await certificate.stop()
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.concurrent.for([
    ['ffmpeg', 'rtmp'],
    ['ffmpeg', 'rtmps'],
    ['ffmpeg', 'rtmpt'],
    ['ffmpeg', 'rtmpts'],
    ['rtmpsink', 'rtmpe'],
    ['rtmpsink', 'rtmps'],
    ['rtmpsink', 'rtmpt'],
    ['rtmpsink', 'rtmpte'],
    ['rtmpsink', 'rtmpts'],
    ['rtmp2sink', 'rtmps'],
  ] as const)('%s publishes by %s', async ([tool, scheme], { expect, onTestFinished, skip }) => {
    const version = versions.get(tool)
    if (version === undefined) return skip(`there is no ${tool}`)
    const name = `${tool}-${scheme}`
    const url = `${scheme}://127.0.0.1:${ports[scheme]}/live/${name}`
    const trust = tool === 'rtmp2sink' ? ' tls-validation-flags=0' : ''
    const child =
      tool === 'ffmpeg'
        ? publishWithFfmpeg({ url, width: 320, height: 180, seconds: FRAMES / 30 })
        : publishWithSink(`${tool} location=${url}${trust}`)
    onTestFinished(() => child.kill('SIGKILL'))
    const stream = await waitFor(() => ingest.hub.find(name)?.stream, { what: `the stream of ${name}` })
    const { code } = await child.exited
    const gone = await waitFor(
      () => ingest.lines.find((line) => line.stream === name && line.msg === 'publisher gone'),
      { what: 'the end of the publish' },
    )
    const { videoFrames, audioPackets } = stream.totals
    expect({ code, clean: gone.clean }, child.output()).toEqual({ code: 0, clean: true })
    // ffmpeg's tunnel sends ten packets at a time, and forgets those that are left at the end.
    const forgotten = tool === 'ffmpeg' && scheme.startsWith('rtmpt') ? 9 : 0
    expect(videoFrames).toBeGreaterThanOrEqual(FRAMES - forgotten)
    expect(audioPackets).toBeGreaterThan(80 - forgotten)
    process.stdout.write(`${tool} ${version} by ${scheme}: ${videoFrames} pictures\n`)
  })
})
