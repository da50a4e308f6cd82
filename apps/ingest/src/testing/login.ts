import { randomBytes } from 'node:crypto'
import type { Cluster } from '@sluice/cluster'
import { LOGIN_SALT_SIZE, loginSecrets } from '@sluice/rtmp'

/** Makes a stream with a user and a password. @returns its key. */
export async function makeStreamWithUser(
  cluster: Cluster,
  stream: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<string> {
  const { key } = await cluster.streams.create({ name: stream, profile: 'source' })
  await setUser(cluster, stream, { user, password })
  return key
}

/** Sets the user and password of a stream, as the operator API does. */
export async function setUser(
  cluster: Cluster,
  stream: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<void> {
  const salt = randomBytes(LOGIN_SALT_SIZE).toString('base64url')
  await cluster.logins.set({ user, stream, secrets: loginSecrets(user, password, salt) })
}
