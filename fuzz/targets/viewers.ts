import type { IncomingMessage } from 'node:http'
import { checkPlaybackToken, readPlaybackSecrets, renderPlaybackToken } from '@sluice/cluster'
import { selectRange } from '../../apps/origin/src/http/byte-range.ts'
import { chooseCoding } from '../../apps/origin/src/http/content-coding.ts'
import { parseRangeQuery } from '../../apps/origin/src/http/range-query.ts'
import { parseReloadDirectives } from '../../apps/origin/src/http/reload-directives.ts'
import { takenToken, takeToken } from '../../apps/origin/src/http/token-in-path.ts'
import type { FuzzTarget } from '../engine/target.ts'

const KEYS = readPlaybackSecrets('k2:abcdefghijklmnop,k1:0123456789abcdef')
const EXPIRES = 1_800_000_000
const ADDRESS = '192.0.2.1'

/** What viewers put into their requests. */
export const VIEWER_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'cluster/playback-token',
    summary: 'an address with a token that claims the right to play',
    share: 20_000,
    mostBytes: 1_024,
    seeds: () =>
      ['studio', 'studio/360p', ''].flatMap((path) =>
        [undefined, ADDRESS, '2001:db8::1'].map((address) =>
          Buffer.from(
            `/live/~${renderPlaybackToken({ path, expires: EXPIRES, address }, KEYS[0])}/studio/index.m3u8`,
          ),
        ),
      ),
    read: (input) => {
      const request = { url: Buffer.from(input).toString('latin1') }
      // All that is looked at.
      const url = takeToken(request as IncomingMessage)
      const token = takenToken(request) ?? ''
      const bearer = { path: url.slice('/live/'.length), address: ADDRESS, seconds: 1_700_000_000 }
      const check = checkPlaybackToken(token, KEYS, bearer)
      if (check.type === 'granted' && check.expires !== EXPIRES)
        throw new Error(`a token was taken until ${check.expires}, and never signed`)
      return { url, token, check }
    },
  },
  {
    name: 'origin/requests',
    summary: 'queries and headers of requests for playlists and segments',
    share: 20_000,
    mostBytes: 512,
    seeds: () =>
      [
        '_HLS_msn=12&_HLS_part=3&_HLS_skip=YES',
        'start=12.5&dvr=30',
        'start=2026-11-23T20:00:00.5%2B01:00',
        'bytes=0-99',
        'bytes=-500',
        'br;q=1.0, gzip;q=0.8, *;q=0.1',
      ].map((text) => Buffer.from(text)),
    read: (input) => {
      const text = Buffer.from(input).toString('latin1')
      const query = Object.fromEntries(new URLSearchParams(text))
      const range = selectRange(text, 700_000)
      if (typeof range !== 'string' && !(range.first <= range.last && range.last < 700_000))
        throw new Error(`${text} selects bytes ${range.first} to ${range.last} of 700000`)
      return [parseReloadDirectives(query), parseRangeQuery(query), range, chooseCoding(text)]
    },
  },
]
