import type { Cluster } from '@sluice/cluster'
import type { Metrics } from '@sluice/metrics'
import type { ApiServer } from './http/api-server.ts'

/** Adds the operator API's requests to the metrics of its process. To be called before it listens. */
export function measureRequests(metrics: Metrics, server: ApiServer): void {
  const durations = metrics.histogram('sluice_control_request_duration_seconds')
  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request
    // The pattern and not the address, of which there are as many as streams.
    const route = routeOptions.url ?? 'none'
    durations.observe(reply.elapsedTime / 1000, { method, route, status: String(reply.statusCode) })
    done()
  })
}

/** Adds the cluster as Redis has it. While that is away there is nothing to add. */
export function measureCluster(metrics: Metrics, cluster: Cluster): void {
  metrics.collect(async ({ add }) => {
    const workers = await cluster.workers.list()
    add('sluice_cluster_workers', workers.length)
    add(
      'sluice_cluster_jobs_running',
      workers.reduce((sum, { running }) => sum + running, 0),
    )
    add(
      'sluice_cluster_jobs_limit',
      workers.reduce((sum, { capacity }) => sum + capacity, 0),
    )
    // The queue waits for a Redis that is away; it has just answered.
    add('sluice_cluster_jobs_waiting', await cluster.jobs.waiting())
  })
}
