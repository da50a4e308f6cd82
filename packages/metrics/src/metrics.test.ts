import { describe, expect, it } from 'vitest'
import { definitions } from './catalogue/catalogue.ts'
import { Metrics } from './metrics.ts'

const open = (streams = 10): Metrics => new Metrics({ version: '1.2.3', streams, ofProcess: false })
const samples = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('Metrics', () => {
  it('reads what there is at every look, and adds up what several parts have', async () => {
    const metrics = open()
    let players = 3
    metrics.collect(({ add }) => add('sluice_ingest_players', players))
    metrics.collect(({ add }) => add('sluice_ingest_players', 1))
    expect(samples(await metrics.render())).toContain('sluice_ingest_players 4')
    players = 0
    expect(samples(await metrics.render())).toContain('sluice_ingest_players 1')
  })

  it('tells nothing of what nobody adds to any more', async () => {
    const metrics = open()
    let isThere = true
    metrics.collect(({ add }) => {
      if (!isThere) return
      add('sluice_cluster_workers', 2)
      add('sluice_stream_epoch', 1, { stream: 'studio' })
    })
    expect(await metrics.render()).toContain('sluice_stream_epoch{stream="studio"} 1')
    isThere = false
    expect(samples(await metrics.render())).toEqual([
      'sluice_build_info{version="1.2.3"} 1',
      'sluice_metrics_streams_left_out 0',
    ])
  })

  it('goes on where a collector fails', async () => {
    const metrics = open()
    metrics.collect(() => Promise.reject(new Error('Redis is away')))
    metrics.collect(({ add }) => add('sluice_worker_jobs', 1))
    expect(await metrics.render()).toContain('sluice_worker_jobs 1')
  })

  it('gives two who ask at the same time the same look', async () => {
    const metrics = open()
    let looks = 0
    metrics.collect(() => {
      looks += 1
    })
    await Promise.all([metrics.render(), metrics.render()])
    expect(looks).toBe(1)
  })

  it('bounds the streams that have series of their own', async () => {
    const metrics = open(1)
    metrics.collect(({ add, hasSeries }) => {
      for (const stream of ['a', 'b']) if (hasSeries(stream)) add('sluice_stream_epoch', 1, { stream })
    })
    expect(samples(await metrics.render())).toEqual([
      'sluice_build_info{version="1.2.3"} 1',
      'sluice_stream_epoch{stream="a"} 1',
      'sluice_metrics_streams_left_out 1',
    ])
  })

  it('adds the metrics of other processes, and does without one that does not answer', async () => {
    const metrics = open()
    const child = open()
    metrics.include(() => child.snapshot())
    metrics.include(async () => undefined)
    for (const each of [metrics, child])
      each.collect(({ add }) => {
        add('sluice_ingest_players', 2)
        add('sluice_redis_up', 1, { role: 'ingest' })
      })
    metrics.histogram('sluice_worker_write_duration_seconds').observe(0.003)
    child.histogram('sluice_worker_write_duration_seconds').observe(0.3)
    const text = samples(await metrics.render())
    expect(text).toContain('sluice_ingest_players 4')
    expect(text).toContain('sluice_redis_up{role="ingest"} 1')
    expect(text).toContain('sluice_worker_write_duration_seconds_bucket{le="0.005"} 1')
    expect(text).toContain('sluice_worker_write_duration_seconds_count 2')
  })

  it('says what keeps a process from being ready', async () => {
    const metrics = open()
    metrics.check('redis (worker)', () => Promise.reject(new Error('it does not answer')))
    metrics.check('store', async () => undefined)
    expect(await metrics.problems()).toEqual(['redis (worker): it does not answer'])
  })
})

describe('the catalogue', () => {
  const UNITS: Readonly<Record<string, RegExp>> = {
    counter: /_total$/,
    histogram: /_(seconds|bytes)$/,
    gauge: /^(?!.*_(total|count|sum|bucket)$)/,
  }

  it.each(definitions())('%s is named as Prometheus wants it', (name, { type, help, labels }) => {
    expect(name).toMatch(/^sluice_[a-z]+(_[a-z]+)*$/)
    expect(name).toMatch(UNITS[type] ?? /never/)
    expect(name).not.toMatch(/milliseconds|minutes|kilobytes|megabytes|bits|percent/)
    expect(help).toMatch(/^[A-Z0-9].*[^.]$/)
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/)
  })
})
