/** What the operator API measures: its own requests, and the cluster as Redis has it. */
export const CONTROL_METRICS = {
  sluice_control_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests took, by method, route and status',
    labels: ['method', 'route', 'status'],
    by: 'control',
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5],
  },
  sluice_cluster_workers: {
    type: 'gauge',
    help: 'Workers that announced themselves in the last seconds; absent while Redis is away',
    labels: [],
    by: 'control',
  },
  sluice_cluster_jobs_running: {
    type: 'gauge',
    help: 'Broadcasts that run on all workers; absent while Redis is away',
    labels: [],
    by: 'control',
  },
  sluice_cluster_jobs_limit: {
    type: 'gauge',
    help: 'Broadcasts that all workers may run at a time; absent while Redis is away',
    labels: [],
    by: 'control',
  },
  sluice_cluster_jobs_waiting: {
    type: 'gauge',
    help: 'Broadcasts that wait for a worker; absent while Redis is away',
    labels: [],
    by: 'control',
  },
} as const
