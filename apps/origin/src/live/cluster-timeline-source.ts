import type { Cluster } from '@sluice/cluster'
import type { TimelineSource } from './timeline-source.ts'

/** Timelines from the cluster's Redis. */
export function clusterTimelineSource(cluster: Cluster): TimelineSource {
  return {
    current: (stream) => cluster.broadcasts.current(stream),
    follow: (broadcast, onEvents) => cluster.follower.follow(broadcast, onEvents),
    check: () => cluster.check(),
  }
}
