import { type AmfMap, AmfObject, type AmfValue, isAmfMap } from '@sluice/amf'
import { type EnhancedCapabilities, readEnhancedCapabilities } from './enhanced-capabilities.ts'
import { splitQuery } from './split-query.ts'

/** What a client says about itself in `connect`. Everything is a claim; everything may be missing. */
export interface ClientInfo {
  /**
   * The application: `app`, or the path of `tcUrl` where that is missing; no query, no slashes at its ends.
   * May hold an instance (`live/one`). Empty where neither names one.
   */
  readonly app: string
  /** `app` in the client's own spelling, without its query, for what it makes of that; empty where it sent none. */
  readonly sentApp: string
  /** The query that came with `app` or, without one, with `tcUrl`; no `?`. */
  readonly query: string
  readonly tcUrl: string | undefined
  /** The client's name for itself, for example `FMLE/3.0 (compatible; Lavf59.27.100)`. */
  readonly flashVer: string | undefined
  readonly swfUrl: string | undefined
  readonly pageUrl: string | undefined
  /** The AMF version the client would like, 0 or 3. Answers are AMF0, which every client reads. */
  readonly objectEncoding: number
  /** What it offers of Enhanced RTMP; undefined where it says nothing, which does not mean that it can nothing. */
  readonly enhanced: EnhancedCapabilities | undefined
  /** The whole command object, as sent. */
  readonly properties: AmfMap
}

/**
 * Reads the command object of `connect`.
 *
 * @param commandObject - the first value after the transaction id; anything but an object counts as empty.
 * @see Adobe RTMP 1.0 §7.2.1.1
 */
export function readClientInfo(commandObject: AmfValue): ClientInfo {
  const properties = isAmfMap(commandObject) ? commandObject : new AmfObject()
  const text = (key: string): string | undefined => {
    const value = properties.get(key)
    return typeof value === 'string' ? value : undefined
  }
  const tcUrl = text('tcUrl')
  const own = splitQuery(text('app') ?? '')
  const fromUrl = splitQuery(pathOf(tcUrl ?? ''))
  const objectEncoding = properties.get('objectEncoding')
  return {
    app: trimSlashes(own.name) || trimSlashes(fromUrl.name),
    sentApp: own.name,
    query: own.query || fromUrl.query,
    tcUrl,
    flashVer: text('flashVer'),
    swfUrl: text('swfUrl'),
    pageUrl: text('pageUrl'),
    objectEncoding: typeof objectEncoding === 'number' ? objectEncoding : 0,
    enhanced: readEnhancedCapabilities(properties),
    properties,
  }
}

/** What follows the authority of a URL. */
function pathOf(url: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*(.*)$/is.exec(url)
  return match?.[1] ?? ''
}

/** Without a regular expression: `/+$` takes quadratic time on a text of slashes a peer may send. */
function trimSlashes(path: string): string {
  let start = 0
  let end = path.length
  while (start < end && path[start] === '/') start += 1
  while (end > start && path[end - 1] === '/') end -= 1
  return path.slice(start, end)
}
