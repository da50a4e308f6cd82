import { StateError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { createLogger, warningsOnly } from './logger.ts'

function lines(format: 'json' | 'pretty', write: (log: ReturnType<typeof createLogger>) => void): string[] {
  const written: string[] = []
  const out = { write: (line: string) => void written.push(line) }
  write(createLogger({ log: { level: 'info', format } }, 'ingest', out))
  return written
}

describe('the log', () => {
  it('is one JSON object a line, with the role and without secrets', () => {
    const [line] = lines('json', (log) => {
      log.debug('not shown')
      log.info({ stream: 'demo', key: 's3cret', job: { feedToken: 's3cret' } }, 'published')
    })
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'info',
      role: 'ingest',
      stream: 'demo',
      key: '(hidden)',
      job: { feedToken: '(hidden)' },
      msg: 'published',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })

  it('has the warnings of libraries and nothing else of them, unless it is quieter itself', () => {
    const said = (level: 'info' | 'error'): unknown[] => {
      const written: string[] = []
      const out = { write: (line: string) => void written.push(line) }
      const log = warningsOnly(createLogger({ log: { level, format: 'json' } }, 'origin', out))
      log.info('listening')
      log.warn('slow')
      log.error('broken')
      return written.map((line) => JSON.parse(line).msg)
    }
    expect(said('info')).toEqual(['slow', 'broken'])
    expect(said('error')).toEqual(['broken'])
  })

  it('can be read by people', () => {
    const [info, declared, other] = lines('pretty', (log) => {
      log.info({ stream: 'demo', bytes: 12 }, 'published')
      log.warn({ err: new StateError('a.b', 'out of order') }, 'refused')
      log.error({ err: new TypeError('boom') }, 'failed')
    })
    expect(info).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}ingest {3}published stream=demo bytes=12\n$/)
    expect(declared).toMatch(/refused \(a\.b: out of order\)\n$/)
    expect(other).toMatch(/failed\n {2}TypeError: boom\n/)
  })
})
