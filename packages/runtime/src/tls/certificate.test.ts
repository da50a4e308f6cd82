import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger, type Logger } from '../log/logger.ts'
import { openCertificate } from './certificate.ts'
import type { CertificateUse } from './certificate-use.ts'
import { selfSignedCertificate } from './self-signed.ts'

const USE: CertificateUse = {
  code: 'ingest.rtmps',
  protocol: 'RTMPS',
  settings: 'SLUICE_RTMPS',
  file: 'rtmps-certificate.pem',
}

function testLog(): { readonly log: Logger; readonly lines: readonly unknown[] } {
  const lines: unknown[] = []
  const out = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { log: createLogger({ log: { level: 'debug', format: 'json' } }, 'test', out), lines }
}

describe('a certificate', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-certificate-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is made once, for this user alone, and leaves nothing else behind', async () => {
    const { log, lines } = testLog()
    const options = { dataDir: folder, host: 'live.example.org', log }
    const made = await Promise.all([selfSignedCertificate(USE, options), selfSignedCertificate(USE, options)])
    const path = join(folder, 'rtmps-certificate.pem')
    expect(made).toEqual([
      { cert: path, key: path },
      { cert: path, key: path },
    ])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['rtmps-certificate.pem'])
    const before = await readFile(path, 'utf8')
    await selfSignedCertificate(USE, options)
    expect(await readFile(path, 'utf8')).toBe(before)
    const source = await openCertificate(made[0], USE, log)
    await source.stop()
    expect(lines.at(-1)).toMatchObject({ msg: 'certificate for RTMPS', subject: 'CN=Sluice' })
  })

  it('cannot be made without openssl, which is said', async () => {
    await expect(
      selfSignedCertificate(USE, { dataDir: folder, log: testLog().log, openssl: join(folder, 'none') }),
    ).rejects.toMatchObject({
      code: 'ingest.rtmps.no_certificate',
      message: expect.stringMatching(/SLUICE_RTMPS_CERT.*install openssl/),
    })
    expect(await readdir(folder)).toEqual([])
  })

  it('needs the key that belongs to it', async () => {
    const one = await makeCertificate(folder, 'one')
    const two = await makeCertificate(folder, 'two')
    const { log } = testLog()
    const refusal = { code: 'ingest.rtmps.certificate', message: expect.stringContaining('SLUICE_RTMPS_KEY') }
    await expect(openCertificate({ cert: one.cert, key: two.key }, USE, log)).rejects.toMatchObject(refusal)
    await expect(
      openCertificate({ cert: join(folder, 'none'), key: one.key }, USE, log),
    ).rejects.toMatchObject(refusal)
    await writeFile(one.cert, 'no PEM')
    await expect(openCertificate(one, USE, log)).rejects.toMatchObject(refusal)
  })
})
