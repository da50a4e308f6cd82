import { expect, it } from 'vitest'
import { tlsFailure } from './tls-failure.ts'

it.each([
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'warn', 'not_tls'],
  ['ERR_SSL_HTTP_REQUEST', 'warn', 'not_tls'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'warn', 'tls_version'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'warn', 'no_cipher'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'warn', 'untrusted'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'warn', 'untrusted'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'warn', 'untrusted'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'warn', 'handshake_timeout'],
  ['ECONNRESET', 'debug', 'handshake'],
  [undefined, 'debug', 'handshake'],
])('%s is told as %s %s', (code, level, name) => {
  expect(tlsFailure(Object.assign(new Error('it failed'), { code }))).toMatchObject({ level, name })
})
