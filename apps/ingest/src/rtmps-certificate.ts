import type { CertificateUse } from '@sluice/runtime'

/** The certificate of RTMPS and RTMPTS. */
export const RTMPS_CERTIFICATE: CertificateUse = {
  code: 'ingest.rtmps',
  protocol: 'RTMPS',
  settings: 'SLUICE_RTMPS',
  file: 'rtmps-certificate.pem',
}
