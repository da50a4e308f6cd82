import type { Metrics } from './metrics.ts'

/**
 * Measures whether Redis answers a role, and makes that a condition of the process being ready.
 *
 * @param check - asks Redis; rejects within seconds while it is away.
 */
export function measureRedis(metrics: Metrics, role: string, check: () => Promise<void>): void {
  metrics.check(`redis (${role})`, check)
  metrics.collect(async ({ add }) => {
    const asked = performance.now()
    const isUp = await check().then(
      () => true,
      () => false,
    )
    add('sluice_redis_up', isUp ? 1 : 0, { role })
    if (isUp) add('sluice_redis_answer_seconds', (performance.now() - asked) / 1000, { role })
  })
}
