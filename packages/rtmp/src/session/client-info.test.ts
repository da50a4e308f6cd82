import { AmfObject } from '@sluice/amf'
import { describe, expect, it } from 'vitest'
import { readClientInfo } from './client-info.ts'

describe('app and query of a client', () => {
  it.each([
    { app: 'live', tcUrl: undefined, expected: ['live', ''] },
    { app: '/live/', tcUrl: undefined, expected: ['live', ''] },
    { app: 'live/instance', tcUrl: 'rtmp://h/other', expected: ['live/instance', ''] },
    { app: 'live?token=1', tcUrl: 'rtmp://h/live?token=1', expected: ['live', 'token=1'] },
    { app: 'live', tcUrl: 'rtmp://h/live?token=1', expected: ['live', 'token=1'] },
    { app: 'live?a=/b/', tcUrl: undefined, expected: ['live', 'a=/b/'] },
    { app: undefined, tcUrl: 'rtmp://host:1935/live', expected: ['live', ''] },
    { app: undefined, tcUrl: 'rtmps://host/live/instance/', expected: ['live/instance', ''] },
    { app: '', tcUrl: 'rtmp://host/live?x=y', expected: ['live', 'x=y'] },
    { app: undefined, tcUrl: 'rtmp://[::1]:1935/live', expected: ['live', ''] },
    { app: undefined, tcUrl: 'rtmp://host', expected: ['', ''] },
    { app: undefined, tcUrl: 'rtmp://host?x=y', expected: ['', 'x=y'] },
    { app: undefined, tcUrl: 'not a url', expected: ['', ''] },
    { app: undefined, tcUrl: undefined, expected: ['', ''] },
  ])('app $app, tcUrl $tcUrl', ({ app, tcUrl, expected }) => {
    const info = readClientInfo(AmfObject.of({ app, tcUrl }))
    expect([info.app, info.query]).toEqual(expected)
  })

  it.each([
    { app: '/live/?a=b', sentApp: '/live/' },
    { app: undefined, sentApp: '' },
  ])('keeps the spelling of $app', ({ app, sentApp }) => {
    expect(readClientInfo(AmfObject.of({ app, tcUrl: 'rtmp://h/other' })).sentApp).toBe(sentApp)
  })

  it('takes properties of a wrong type for missing', () => {
    const info = readClientInfo(AmfObject.of({ app: 1, tcUrl: null, flashVer: true, objectEncoding: '3' }))
    expect(info).toMatchObject({ app: '', tcUrl: undefined, flashVer: undefined, objectEncoding: 0 })
  })

  it('keeps every property', () => {
    const properties = AmfObject.of({ app: 'a', objectEncoding: 3, fourCcList: ['hvc1'] })
    expect(readClientInfo(properties)).toMatchObject({ objectEncoding: 3, properties })
    expect(readClientInfo(undefined).properties.size).toBe(0)
  })

  it('says what it offers of Enhanced RTMP, undefined where nothing', () => {
    const info = readClientInfo(AmfObject.of({ app: 'live', fourCcList: ['hvc1'], capsEx: 1 }))
    expect(info.enhanced).toMatchObject({ fourCcList: ['hvc1'], capsEx: 1, videoFunction: 0 })
    expect(readClientInfo(AmfObject.of({ app: 'live' })).enhanced).toBeUndefined()
  })

  it('takes linear time on a text of slashes', () => {
    expect(readClientInfo(AmfObject.of({ app: `${'/'.repeat(60_000)}x` })).app).toBe('x')
  })
})
