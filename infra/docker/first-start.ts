/**
 * Makes what has to be secret in a deployment by docker-compose.yml, the first time it is started, and looks at it every time: the
 * password of Redis, a certificate for viewers, and a password for dashboards. What is there stays.
 *
 * Folders, each a volume of those who need it: `redis` (`users.acl`, for Redis itself), `cluster` (`redis-url`, for the roles),
 * `edge` (`cert.pem` and `key.pem`, which may be an operator's own), `grafana` (`admin-password`).
 *
 * Argument: the folder of these folders, default `/secrets`. Ends with 1 and a line that says what to do where one secret is
 * there and its counterpart is not.
 */
import { createHash, randomBytes } from 'node:crypto'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DependencyError, errorMessage } from '@sluice/core'
import { createLogger, type Logger, selfSignedCertificate } from '@sluice/runtime'

/** Redis and Grafana read theirs as users of their own; nobody else has these volumes. */
const READABLE = 0o644
const PRIVATE = 0o600

const root = process.argv[2] ?? '/secrets'
const log = createLogger({ log: { level: 'info', format: 'json' } }, 'first-start')
try {
  await ensureRedisPassword(join(root, 'redis'), join(root, 'cluster'), log)
  await ensureCertificate(join(root, 'edge'), log)
  await ensureDashboardPassword(join(root, 'grafana', 'admin-password'), log)
} catch (error) {
  log.fatal(errorMessage(error))
  process.exitCode = 1
}

/**
 * One password in two forms: its digest for Redis, the whole address for the roles.
 *
 * @throws {DependencyError} `first_start.redis_password`: the two do not belong together.
 */
async function ensureRedisPassword(redisFolder: string, clusterFolder: string, log: Logger): Promise<void> {
  const [aclFile, urlFile] = [join(redisFolder, 'users.acl'), join(clusterFolder, 'redis-url')]
  const [acl, url] = [await read(aclFile), await read(urlFile)]
  if (acl === undefined && url === undefined) {
    const password = newPassword()
    await writeFile(aclFile, accessList(password), { mode: READABLE })
    await writeFile(urlFile, `redis://:${password}@redis:6379\n`, { mode: PRIVATE })
    log.info('a password of Redis was made')
    return
  }
  const password = url !== undefined && URL.canParse(url) ? new URL(url).password : ''
  if (acl === undefined || !acl.includes(digest(decodeURIComponent(password))))
    throw new DependencyError(
      'first_start.redis_password',
      `${urlFile} does not hold a password that ${aclFile} knows: put back the one that is missing, or delete both, stop everything and start it again; they are then made anew`,
    )
}

/**
 * Redis' users: the default one with the password, and one that may do nothing but ask whether Redis is there. The default user has
 * to be allowed everything: Redis reads its append-only file as that user, and leaves out what he may not do.
 */
function accessList(password: string): string {
  return `user default on #${digest(password)} ~* &* +@all\nuser health on nopass -@all +ping\n`
}

function digest(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}

/**
 * The operator's certificate, where there is one; else a self-signed one.
 *
 * @throws {DependencyError} `first_start.certificate`: one of the two files is missing.
 */
async function ensureCertificate(folder: string, log: Logger): Promise<void> {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const [cert, key] = [await read(certFile), await read(keyFile)]
  if (cert !== undefined && key !== undefined) return
  if (cert !== undefined || key !== undefined)
    throw new DependencyError(
      'first_start.certificate',
      `there is ${cert === undefined ? keyFile : certFile} and no ${cert === undefined ? certFile : keyFile}: put both there, the certificate with its chain and its private key, or none for a self-signed one`,
    )
  const use = { code: 'first_start', protocol: 'HTTPS', settings: 'TLS', file: 'both.pem' }
  const made = await selfSignedCertificate(use, { dataDir: folder, log })
  // One file has both, and either program that reads one takes what it needs.
  for (const path of [certFile, keyFile]) await copyFile(made.cert, path)
  await rm(made.cert)
}

/** The password of Grafana's user `admin`, who would have a known one otherwise. */
async function ensureDashboardPassword(file: string, log: Logger): Promise<void> {
  if ((await read(file)) !== undefined) return
  await writeFile(file, newPassword(), { mode: READABLE })
  log.info({ path: file }, 'a password of the user admin of Grafana was made')
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** @returns the text without line ends around it; undefined where there is no file, or nothing in it. */
async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new DependencyError(
      'first_start.unreadable',
      `${path} cannot be read (${errorMessage(error)}): make it readable for the user with the number ${process.getuid?.()}`,
      { cause: error },
    )
  }
}
