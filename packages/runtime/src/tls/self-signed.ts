import { execFile } from 'node:child_process'
import { link, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DependencyError, errorMessage } from '@sluice/core'
import type { Logger } from '../log/logger.ts'
import type { CertificateFiles } from './certificate.ts'
import type { CertificateUse } from './certificate-use.ts'

const run = promisify(execFile)

const DAYS = 3650
const OPENSSL_MILLIS = 30_000

export interface SelfSignedOptions {
  /** Folder of the certificate; it must exist. */
  readonly dataDir: string
  /** A further name or address that clients use. */
  readonly host?: string | undefined
  readonly log: Logger
  /** Default `openssl`. */
  readonly openssl?: string
}

/**
 * The certificate that nobody vouches for: made at the first start and kept, with its key, in one file that only this user
 * may read. Enough for clients that do not check certificates.
 *
 * @throws {DependencyError} `USE.no_certificate` where none can be made, with what to do about it.
 */
export async function selfSignedCertificate(
  use: CertificateUse,
  options: SelfSignedOptions,
): Promise<CertificateFiles> {
  const { dataDir, log } = options
  const path = join(dataDir, use.file)
  if (!(await exists(path))) {
    await make(path, use, options)
    log.info(
      { path },
      'a self-signed certificate was made: clients that check certificates need one of your own',
    )
  }
  return { cert: path, key: path }
}

async function make(
  path: string,
  use: CertificateUse,
  { dataDir, host, openssl = 'openssl' }: SelfSignedOptions,
): Promise<void> {
  let folder: string | undefined
  try {
    // For this user alone, from the first byte of the key on.
    folder = await mkdtemp(join(dataDir, 'certificate-'))
    const [key, cert, both] = [join(folder, 'key'), join(folder, 'cert'), join(folder, 'both')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-sha256', '-nodes', '-days', String(DAYS)]
    const names = ['-subj', '/CN=Sluice', '-addext', `subjectAltName=${alternativeNames(host)}`]
    await run(openssl, [...request, ...names, '-keyout', key, '-out', cert], { timeout: OPENSSL_MILLIS })
    await writeFile(both, Buffer.concat([await readFile(key), await readFile(cert)]), { mode: 0o600 })
    await keepFirst(both, path)
  } catch (error) {
    throw new DependencyError(
      `${use.code}.no_certificate`,
      `${use.protocol} needs a certificate, and none could be made (${errorMessage(error)}): set ${use.settings}_CERT and ${use.settings}_KEY to PEM files, or install openssl, which makes a self-signed one`,
      { details: { path, openssl }, cause: error },
    )
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** Gives a file its name unless something has it: another process that starts now may have been quicker. */
async function keepFirst(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!(await exists(to))) throw error
  }
}

function alternativeNames(host: string | undefined): string {
  const names = new Set(['localhost', hostname(), '127.0.0.1', ...(host === undefined ? [] : [host])])
  return [...names].map((name) => (isIP(name) === 0 ? `DNS:${name}` : `IP:${name}`)).join(',')
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
