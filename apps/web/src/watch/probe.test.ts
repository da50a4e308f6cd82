import { describe, expect, it } from 'vitest'
import { type FetchText, probeStream } from './probe.ts'

const MASTER = 'http://host/live/a/index.m3u8'
const MEDIA = 'http://host/live/a/source/media.m3u8'
const MPD = 'http://host/live/a/manifest.mpd'
const master = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsource/media.m3u8\n'
const parts = '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PART:URI="a"\n'
const segments = '#EXTM3U\n#EXTINF:2,\n1.m4s\n'

/** Answers from a table; a number is an error status, an absent address is a refused connection. */
function server(answers: Readonly<Record<string, string | number>>): FetchText {
  return async (url) => {
    const answer = answers[url]
    if (answer === undefined) throw new TypeError('connection refused')
    return typeof answer === 'number' ? { status: answer, text: '' } : { status: 200, text: answer }
  }
}

describe('probeStream, HLS', () => {
  it.each([
    ['no broadcast', { [MASTER]: 404 }, 'absent'],
    ['a master without variants', { [MASTER]: '#EXTM3U\n' }, 'absent'],
    ['a media playlist that is not there yet', { [MASTER]: master, [MEDIA]: 404 }, 'absent'],
    ['a media playlist without media', { [MASTER]: master, [MEDIA]: '#EXTM3U\n' }, 'absent'],
    [
      'parts alone that no segment follows',
      { [MASTER]: master, [MEDIA]: parts, [`${MEDIA}?_HLS_msn=7`]: parts },
      'absent',
    ],
    ['segments', { [MASTER]: master, [MEDIA]: segments }, 'live'],
    ['the end', { [MASTER]: master, [MEDIA]: `${segments}#EXT-X-ENDLIST\n` }, 'ended'],
    ['no permission', { [MASTER]: 403 }, 'refused'],
    ['a server in trouble', { [MASTER]: 503 }, 'unreachable'],
    ['no server', {}, 'unreachable'],
  ])('takes %s for %#', async (_, answers, type) => {
    expect((await probeStream('hls', MASTER, server(answers))).type).toBe(type)
  })

  it('waits for the first segment where there are parts alone', async () => {
    const answers = { [MASTER]: master, [MEDIA]: parts, [`${MEDIA}?_HLS_msn=7`]: segments }
    expect(await probeStream('hls', MASTER, server(answers))).toEqual({ type: 'live', revision: segments })
  })

  it('waits for the first segment of the sound too', async () => {
    const sound = 'http://host/live/a/sound/media.m3u8'
    const media = (group: string): string =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="Audio",URI="${group}/media.m3u8"\n`
    const withSound = master
      .replace('#EXT-X-STREAM-INF', `${media('other')}${media('sound')}#EXT-X-STREAM-INF`)
      .replace('BANDWIDTH=1', 'BANDWIDTH=1,AUDIO="sound"')
    const answers = { [MASTER]: withSound, [MEDIA]: segments, [sound]: parts }
    const waited = server({ ...answers, [`${sound}?_HLS_msn=7`]: segments })
    expect(await probeStream('hls', MASTER, waited)).toEqual({ type: 'live', revision: segments })
    const inVain = server({ ...answers, [`${sound}?_HLS_msn=7`]: parts })
    expect(await probeStream('hls', MASTER, inVain)).toEqual({ type: 'absent' })
  })

  it('gives a revision that follows the playlist', async () => {
    const look = (media: string): Promise<unknown> =>
      probeStream('hls', MASTER, server({ [MASTER]: master, [MEDIA]: media }))
    expect(await look(segments)).toEqual(await look(segments))
    expect(await look(segments)).not.toEqual(await look(`${segments}#EXTINF:2,\n2.m4s\n`))
  })
})

describe('probeStream, DASH', () => {
  const mpd = (attributes: string, timeline = '<S t="0" d="2"/>'): string =>
    `<?xml version="1.0"?><MPD ${attributes}><SegmentTimeline>${timeline}</SegmentTimeline></MPD>`

  it.each([
    ['a running one', mpd('type="dynamic"'), 'live'],
    ['one without segments', mpd('type="dynamic"', ''), 'absent'],
    ['a static one', mpd('type="static"'), 'ended'],
    ['one with a known duration', mpd('type="dynamic" mediaPresentationDuration="PT9S"'), 'ended'],
    ['something else', '<html></html>', 'absent'],
  ])('judges %s', async (_, text, type) => {
    expect((await probeStream('dash', MPD, server({ [MPD]: text }))).type).toBe(type)
  })

  it('leaves publishTime out of the revision', async () => {
    const look = (time: string): Promise<unknown> =>
      probeStream('dash', MPD, server({ [MPD]: mpd(`type="dynamic" publishTime="${time}"`) }))
    expect(await look('1')).toEqual(await look('2'))
  })
})
