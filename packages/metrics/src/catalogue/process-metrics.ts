/** What every process tells of itself, beside what the client library knows of any Node process. */
export const PROCESS_METRICS = {
  sluice_build_info: {
    type: 'gauge',
    help: 'Always 1; says which version runs',
    labels: ['version'],
    by: 'every role',
    across: 'max',
  },
  sluice_redis_up: {
    type: 'gauge',
    help: '1 while Redis answers this role, else 0',
    labels: ['role'],
    by: 'every role',
    across: 'max',
  },
  sluice_redis_answer_seconds: {
    type: 'gauge',
    help: 'How long Redis took to answer this role just now; absent while it does not',
    labels: ['role'],
    by: 'every role',
    across: 'max',
  },
  sluice_metrics_streams_left_out: {
    type: 'gauge',
    help: 'Streams on air that have no series of their own, because there are more than metrics.streams',
    labels: [],
    by: 'every role',
  },
} as const
