import type { Config } from '../config/schema.ts'
import { ensureDataDir } from '../data-dir.ts'
import type { Logger } from '../log/logger.ts'
import { type CertificateFiles, type CertificateSource, openCertificate } from './certificate.ts'
import type { CertificateUse } from './certificate-use.ts'
import { selfSignedCertificate } from './self-signed.ts'

/**
 * The certificate that the settings name, else the self-signed one of the data folder.
 *
 * @param files - both or none, as `loadConfig` sees to.
 * @throws {DependencyError} `USE.certificate`, `USE.no_certificate`, or where there can be no data folder.
 */
export async function configuredCertificate(
  { cert, key }: Partial<CertificateFiles>,
  use: CertificateUse,
  { config, log }: { readonly config: Pick<Config, 'dataDir' | 'advertiseHost'>; readonly log: Logger },
): Promise<CertificateSource> {
  const files =
    cert === undefined || key === undefined
      ? await selfSignedCertificate(use, {
          dataDir: await ensureDataDir(config.dataDir),
          host: config.advertiseHost,
          log,
        })
      : { cert, key }
  return openCertificate(files, use, log)
}
