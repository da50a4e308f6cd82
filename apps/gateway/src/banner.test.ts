import { describe, expect, it } from 'vitest'
import { type BannerFacts, renderBanner } from './banner.ts'

const facts: BannerFacts = {
  host: '192.0.2.1',
  publishers: { rtmp: 1935, rtmps: undefined, rtmpt: undefined, rtmpts: undefined },
  key: 'the-key',
  stream: 'main',
  origin: 'http://192.0.2.1:8080',
  httpsPort: undefined,
  flvPort: undefined,
  controlPort: 8081,
  token: 'kept in /data/control-token',
  demo: false,
  millis: 1_240,
}

describe('the banner', () => {
  it('shows what a start with the defaults has', () => {
    expect(renderBanner(facts)).toBe(`
Sluice is up (1.2 s)

  publish to  rtmp://192.0.2.1:1935/live
  stream key  the-key
  watch       http://192.0.2.1:8080/watch/main
  HLS         http://192.0.2.1:8080/live/main/index.m3u8
  DASH        http://192.0.2.1:8080/live/main/manifest.mpd
  control     http://192.0.2.1:8081
  token       kept in /data/control-token

  Point OBS or ffmpeg at the address above; Ctrl-C stops.

`)
  })

  it('shows every transport that is on', () => {
    const publishers = { rtmp: 1935, rtmps: 1936, rtmpt: 8082, rtmpts: 8083 }
    const lines = renderBanner({ ...facts, publishers, httpsPort: 8443, flvPort: 8084, demo: true }).split(
      '\n',
    )
    expect(lines).toContain('  or by RTMPS   rtmps://192.0.2.1:1936/live')
    expect(lines).toContain('  or by RTMPT   rtmpt://192.0.2.1:8082/live')
    expect(lines).toContain('  or by RTMPTS  rtmpts://192.0.2.1:8083/live')
    expect(lines).toContain('  or by HTTPS   https://192.0.2.1:8443/watch/main')
    expect(lines).toContain('  HTTP-FLV      http://192.0.2.1:8084/live/main.flv')
    expect(lines).toContain('  A test card is on air: open the watch page.')
  })
})
