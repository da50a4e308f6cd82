import { X509Certificate } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { DependencyError, errorMessage } from '@sluice/core'
import type { Logger } from '../log/logger.ts'
import type { Stoppable } from '../stoppable.ts'
import type { CertificateUse } from './certificate-use.ts'

/** Paths of the PEM files of a certificate, with its chain, and its key; they may be one file. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

/** A certificate that may be renewed while it is in use. */
export interface CertificateSource extends Stoppable {
  readonly current: Certificate
  /** Calls `renewed` whenever `current` is another one, until the returned function is called. */
  subscribe(renewed: () => void): () => void
}

/** Between two looks at the files, in milliseconds. */
const WATCH_MILLIS = 2_000

/**
 * Reads a certificate and keeps it up to date: files that change are read again, and taken when they fit together.
 *
 * @param watchMillis - between two looks at the files. Default 2 000.
 * @throws {DependencyError} `USE.certificate` where the files cannot be used.
 */
export async function openCertificate(
  files: CertificateFiles,
  use: CertificateUse,
  log: Logger,
  watchMillis: number = WATCH_MILLIS,
): Promise<CertificateSource> {
  let current = await read(files, use)
  announce(current, use, log)
  const subscribers = new Set<() => void>()
  const renew = async (): Promise<void> => {
    try {
      current = await read(files, use)
    } catch (error) {
      // The key may come a moment after its certificate: each change is looked at again.
      log.warn({ code: `${use.code}.certificate` }, `the certificate in use stays: ${errorMessage(error)}`)
      return
    }
    announce(current, use, log)
    for (const renewed of subscribers) renewed()
  }
  const changed = (): void => void renew()
  // Looking at the files, unlike fs.watch, sees through links and network folders, which is where certificates live.
  const paths = new Set([files.cert, files.key])
  for (const path of paths) watchFile(path, { interval: watchMillis, persistent: false }, changed)
  return {
    get current() {
      return current
    },
    subscribe: (renewed) => {
      subscribers.add(renewed)
      return () => subscribers.delete(renewed)
    },
    stop: async () => {
      for (const path of paths) unwatchFile(path, changed)
    },
  }
}

async function read({ cert, key }: CertificateFiles, use: CertificateUse): Promise<Certificate> {
  try {
    const certificate = { cert: await readFile(cert), key: await readFile(key) }
    createSecureContext(certificate)
    return certificate
  } catch (error) {
    throw new DependencyError(
      `${use.code}.certificate`,
      `the certificate ${cert} with the key ${key} cannot be used (${errorMessage(error)}): set ${use.settings}_CERT and ${use.settings}_KEY to PEM files that belong together`,
      { details: { cert, key }, cause: error },
    )
  }
}

function announce({ cert }: Certificate, use: CertificateUse, log: Logger): void {
  const { subject, validTo } = new X509Certificate(cert)
  const details = { subject: subject.replaceAll('\n', ', '), validTo }
  if (Date.parse(validTo) < Date.now())
    log.warn(
      { code: `${use.code}.certificate_expired`, ...details },
      'the certificate has expired: clients may refuse it',
    )
  else log.info(details, `certificate for ${use.protocol}`)
}
