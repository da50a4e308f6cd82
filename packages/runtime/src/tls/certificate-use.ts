/** What a certificate is for, in the words of settings, codes and messages. */
export interface CertificateUse {
  /** First part of its codes: `ingest.rtmps` for `ingest.rtmps.certificate`. */
  readonly code: string
  /** What is spoken with it, for people: `RTMPS`. */
  readonly protocol: string
  /** First part of the settings that name its files: `SLUICE_RTMPS` for `SLUICE_RTMPS_CERT`. */
  readonly settings: string
  /** Name of the self-signed one's file in the data folder. */
  readonly file: string
}
