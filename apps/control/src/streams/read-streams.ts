import type { Cluster, StreamRecord } from '@sluice/cluster'
import type { Config } from '@sluice/runtime'
import { addressesOf } from './addresses.ts'
import { type StreamView, streamView } from './stream-view.ts'

/** The views of these streams: four round trips to Redis, however many there are. */
export async function readStreams(
  cluster: Cluster,
  config: Config,
  host: string,
  records: readonly StreamRecord[],
): Promise<StreamView[]> {
  const names = records.map(({ name }) => name)
  const [sessions, broadcasts] = await Promise.all([
    cluster.live.sessions(names),
    cluster.broadcasts.currentOf(names),
  ])
  const states = await cluster.live.broadcasts([...broadcasts.values()].map(({ id }) => id))
  return records.map((record) => {
    const broadcast = broadcasts.get(record.name)
    return streamView({
      record,
      windowSeconds: config.windowSeconds,
      addresses: addressesOf(config, host, { name: record.name, hasUser: record.publisher !== undefined }),
      session: sessions.get(record.name),
      broadcast,
      broadcastState: broadcast === undefined ? undefined : states.get(broadcast.id),
    })
  })
}
