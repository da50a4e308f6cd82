import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectCluster } from '@sluice/cluster'
import { StateError } from '@sluice/core'
import type { Config, Logger } from '@sluice/runtime'

/** What {@link streamKey} needs. */
export interface KeyOptions {
  readonly config: Pick<Config, 'dataDir' | 'profile' | 'publish'>
  readonly redisUrl: string
  readonly log: Logger
}

/**
 * The key of a stream that this command makes where there is none. Redis holds only its digest, so the key is kept in the
 * data folder; where that file is lost, a new key is made.
 *
 * @throws {DependencyError} `cluster.redis.…`
 * @throws {StateError} `gateway.stream.removed` where somebody deleted it in this moment.
 */
export async function streamKey({ config, redisUrl, log }: KeyOptions, name: string): Promise<string> {
  if (config.publish.auth === 'open') return name
  const cluster = await connectCluster({ url: redisUrl, log })
  try {
    const registry = cluster.streams
    const file = join(config.dataDir, `stream-key-${name}`)
    const kept = await readFile(file, 'utf8').catch(() => undefined)
    if (kept !== undefined && (await registry.findByKey(kept.trim()))?.name === name) return kept.trim()
    const made =
      (await registry.get(name)) === undefined
        ? await registry.create({ name, profile: config.profile })
        : await registry.rotateKey(name)
    if (made === undefined)
      throw new StateError('gateway.stream.removed', `the stream ${name} was deleted while its key was made`)
    const { key } = made
    await writeFile(file, `${key}\n`, { mode: 0o600 })
    return key
  } finally {
    await cluster.stop()
  }
}
