import { join } from 'node:path'
import { runChild } from './child.ts'

/**
 * Makes a self-signed certificate and its key with `openssl`, in files of a folder.
 *
 * @param name - its common name, and the name of the files.
 * @returns their paths.
 */
export async function makeCertificate(
  folder: string,
  name: string,
): Promise<{ readonly cert: string; readonly key: string }> {
  const files = { cert: join(folder, `${name}.cert`), key: join(folder, `${name}.key`) }
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const args = ['req', '-x509', ...kind, ...names, '-keyout', files.key, '-out', files.cert]
  const { code, output } = await runChild('openssl', args)
  if (code !== 0) throw new Error(`openssl made no certificate: ${output}`)
  return files
}
