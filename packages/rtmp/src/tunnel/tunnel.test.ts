import { StateError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { thrown } from '../testing/errors.ts'
import { brief, TunnelDriver } from '../testing/tunnel-client.ts'
import { Tunnel } from './tunnel.ts'

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1')

describe('a tunnel', () => {
  it('opens, carries bytes both ways and closes', () => {
    const driver = new TunnelDriver()
    expect(brief(driver.post('/open/1'))).toEqual(['opened id-1', 'answer 1 200 id-1\n'])
    expect(brief(driver.post('/send/id-1/0', text('hello')))).toEqual(['received hello', 'answer 2 200 \x01'])
    driver.tunnel.write('id-1', text('one '))
    driver.tunnel.write('id-1', text('two'))
    expect(driver.tunnel.owedBytes('id-1')).toBe(7)
    expect(brief(driver.post('/idle/id-1/1'))).toEqual(['answer 3 200 \x01one two'])
    expect([driver.tunnel.owedBytes('id-1'), driver.tunnel.owedBytes('unknown')]).toEqual([0, 0])
    expect(brief(driver.post('/close/id-1/2'))).toEqual(['answer 4 200 \x01', 'closed by client'])
    expect(brief(driver.post('/idle/id-1/3'))).toEqual(['answer 5 404'])
    expect(driver.tunnel.size).toBe(0)
  })

  it('takes along what is written while a request is being handled', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const exchange = driver.begin(`/send/${id}/0`)
    driver.tunnel.data(exchange, text('ping'))
    driver.tunnel.finish(exchange)
    const answers: string[] = []
    for (const event of driver.tunnel.events()) {
      if (event.type === 'received') driver.tunnel.write(id, text('pong'))
      answers.push(...brief([event]))
    }
    expect(answers).toEqual(['received ping', 'answer 2 200 \x01pong'])
  })

  it('passes bytes on before a request is complete', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const exchange = driver.begin(`/send/${id}/0`)
    driver.tunnel.data(exchange, text('first'))
    expect(brief(driver.drain())).toEqual(['received first'])
    driver.tunnel.data(exchange, text('second'))
    driver.tunnel.finish(exchange)
    expect(brief(driver.drain())).toEqual(['received second', 'answer 2 200 \x01'])
  })

  it('asks idle clients to wait longer, until something happens', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const intervals: (number | undefined)[] = []
    const ask = (path: string, body?: Uint8Array): void => {
      for (const event of driver.post(path, body)) if (event.type === 'answer') intervals.push(event.body[0])
    }
    for (let i = 0; i < 7; i++) ask(`/idle/${id}/${i}`)
    driver.tunnel.write(id, text('x'))
    ask(`/idle/${id}/7`)
    ask(`/idle/${id}/8`)
    ask(`/send/${id}/9`, text('y'))
    expect(intervals).toEqual([3, 5, 9, 17, 33, 33, 33, 1, 3, 1])
  })

  it('keeps sessions apart', () => {
    const driver = new TunnelDriver()
    const [one, two] = [driver.open(), driver.open()]
    driver.tunnel.write(one, text('for one'))
    expect(brief(driver.post(`/idle/${two}/0`))).toEqual(['answer 3 200 \x03'])
    expect(brief(driver.post(`/idle/${one}/0`))).toEqual(['answer 4 200 \x01for one'])
    driver.tunnel.drop(one)
    expect(driver.drain()).toEqual([{ type: 'closed', id: one, by: 'caller' }])
    expect(driver.tunnel.size).toBe(1)
  })

  it('wants ids that can be in a path, each once', () => {
    const tunnel = new Tunnel({ newId: () => 'a/b' })
    expect(thrown(() => tunnel.request({ exchange: 1, method: 'POST', path: '/open/1' }, 0))).toBeInstanceOf(
      StateError,
    )
  })

  it('says nothing of what is none of its business', () => {
    const driver = new TunnelDriver()
    expect(brief(driver.post('/fcs/ident2'))).toEqual(['answer 1 404'])
    expect(brief(driver.post('/send/nobody/0', text('x')))).toEqual(['answer 2 404'])
    driver.begin('/open/1', 'GET')
    expect(brief(driver.drain())).toEqual(['answer 3 405'])
    driver.tunnel.data(99, text('x'))
    driver.tunnel.finish(99)
    driver.tunnel.abandon(99)
    driver.tunnel.write('nobody', text('x'))
    driver.tunnel.pause('nobody')
    driver.tunnel.resume('nobody')
    driver.tunnel.end('nobody')
    driver.tunnel.drop('nobody')
    expect(driver.tunnel.isReading(99)).toBe(true)
    expect(driver.drain()).toEqual([])
  })
})

describe('requests that overtake each other', () => {
  it('are handled in the order of their numbers', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const late = driver.begin(`/send/${id}/1`)
    driver.tunnel.data(late, text('second'))
    driver.tunnel.finish(late)
    expect(driver.drain()).toEqual([])
    expect(driver.tunnel.isReading(late)).toBe(false)
    expect(brief(driver.post(`/send/${id}/0`, text('first')))).toEqual([
      'received first',
      'answer 3 200 \x01',
      'received second',
      'answer 2 200 \x01',
    ])
  })

  it('are read on when their turn comes in the middle of them', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const late = driver.begin(`/send/${id}/1`)
    driver.tunnel.data(late, text('sec'))
    expect(brief(driver.post(`/idle/${id}/0`))).toEqual([
      'answer 3 200 \x03',
      'received sec',
      `reading ${late}`,
    ])
    expect(driver.tunnel.isReading(late)).toBe(true)
    driver.tunnel.data(late, text('ond'))
    driver.tunnel.finish(late)
    expect(brief(driver.drain())).toEqual(['received ond', 'answer 2 200 \x01'])
  })

  it('wait only so long for one that never comes', () => {
    const driver = new TunnelDriver({ gapMillis: 5_000 })
    const id = driver.open()
    driver.post(`/send/${id}/1`, text('second'))
    expect(driver.expire(4_999)).toEqual([])
    expect(brief(driver.expire(1))).toEqual(['answer 2 404', 'closed by rtmp.tunnel.gap'])
  })

  it('may be a few', () => {
    const driver = new TunnelDriver({ requests: 3 })
    const id = driver.open()
    expect(brief(driver.post(`/idle/${id}/3`))).toEqual(['answer 2 400 rtmp.tunnel.too_far_ahead'])
    driver.post(`/idle/${id}/2`)
    expect(brief(driver.post(`/idle/${id}/2`))).toEqual(['answer 4 400 rtmp.tunnel.repeated'])
  })

  it('may hold so many bytes', () => {
    const driver = new TunnelDriver({ heldBytes: 100 })
    const id = driver.open()
    const late = driver.begin(`/send/${id}/1`)
    driver.tunnel.data(late, new Uint8Array(100))
    expect(driver.drain()).toEqual([])
    driver.tunnel.data(late, new Uint8Array(1))
    expect(brief(driver.drain())).toEqual(['answer 2 404', 'closed by rtmp.tunnel.too_much_held'])
  })
})

describe('a request that comes again', () => {
  it('because its answer was lost gets the same answer, and its bytes count once', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    driver.tunnel.write(id, text('news'))
    expect(brief(driver.post(`/send/${id}/0`, text('once')))).toEqual([
      'received once',
      'answer 2 200 \x01news',
    ])
    expect(brief(driver.post(`/send/${id}/0`, text('once')))).toEqual(['answer 3 200 \x01news'])
    driver.post(`/idle/${id}/1`)
    expect(brief(driver.post(`/send/${id}/0`, text('once')))).toEqual(['answer 5 400 rtmp.tunnel.repeated'])
    expect(brief(driver.post(`/idle/${id}/2`))).toEqual(['answer 6 200 \x05'])
  })

  it('after its connection broke in the middle of it finds no session', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    const exchange = driver.begin(`/send/${id}/0`)
    driver.tunnel.data(exchange, text('hal'))
    driver.tunnel.abandon(exchange)
    expect(brief(driver.drain())).toEqual(['received hal', 'closed by rtmp.tunnel.request_cut'])
    expect(brief(driver.post(`/send/${id}/0`, text('half')))).toEqual(['answer 3 404'])
  })

  it('after its connection broke behind it is answered', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    driver.tunnel.pause(id)
    const exchange = driver.begin(`/idle/${id}/0`)
    driver.tunnel.finish(exchange)
    driver.tunnel.abandon(exchange)
    driver.tunnel.resume(id)
    expect(driver.drain()).toEqual([])
    expect(brief(driver.post(`/idle/${id}/0`))).toEqual(['answer 3 200 \x03'])
  })
})

describe('a session', () => {
  it('that is paused reads nothing and answers nothing', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    driver.tunnel.pause(id)
    expect(driver.post(`/send/${id}/0`, text('later'))).toEqual([])
    driver.tunnel.write(id, text('granted'))
    driver.tunnel.resume(id)
    expect(brief(driver.drain())).toEqual(['received later', 'answer 2 200 \x01granted'])
  })

  it('that is ended closes when its last bytes were fetched, and takes no more', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    driver.tunnel.write(id, text('goodbye'))
    driver.tunnel.end(id)
    driver.tunnel.write(id, text('too late'))
    expect(driver.drain()).toEqual([])
    expect(brief(driver.post(`/idle/${id}/0`))).toEqual(['answer 2 200 \x01goodbye', 'closed by caller'])
    const other = driver.open()
    driver.tunnel.end(other)
    expect(brief(driver.drain())).toEqual(['closed by caller'])
  })

  it('that is dropped answers what waits for it', () => {
    const driver = new TunnelDriver()
    const id = driver.open()
    driver.begin(`/send/${id}/0`)
    driver.tunnel.drop(id)
    expect(brief(driver.drain())).toEqual(['answer 2 404', 'closed by caller'])
  })

  it('without requests ends', () => {
    const driver = new TunnelDriver({ idleMillis: 30_000 })
    const id = driver.open()
    driver.expire(20_000)
    driver.post(`/idle/${id}/0`)
    expect(driver.expire(29_999)).toEqual([])
    expect(brief(driver.expire(1))).toEqual(['closed by rtmp.tunnel.idle'])
  })

  it('may be owed so many bytes', () => {
    const driver = new TunnelDriver({ owedBytes: 10 })
    const id = driver.open()
    driver.tunnel.write(id, new Uint8Array(10))
    expect(driver.drain()).toEqual([])
    driver.tunnel.write(id, new Uint8Array(1))
    expect(brief(driver.drain())).toEqual(['closed by rtmp.tunnel.not_fetched'])
  })

  it('is one of so many', () => {
    const driver = new TunnelDriver({ sessions: 1 })
    driver.open()
    expect(brief(driver.post('/open/1'))).toEqual(['answer 2 503 rtmp.tunnel.too_many_sessions'])
  })
})
