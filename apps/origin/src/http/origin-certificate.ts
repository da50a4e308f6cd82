import type { CertificateUse } from '@sluice/runtime'

/** The certificate of HTTPS. */
export const ORIGIN_CERTIFICATE: CertificateUse = {
  code: 'origin.tls',
  protocol: 'HTTPS',
  settings: 'SLUICE_ORIGIN_TLS',
  file: 'origin-certificate.pem',
}
