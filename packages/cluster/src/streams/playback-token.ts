import { ProtocolError } from '@sluice/core'
import { readIpAddress } from './ip-address.ts'
import { isSignature, signText } from './signature.ts'

/** The right to play something for a while. */
export interface PlaybackGrant {
  /** What may be played, below `/live/`: a stream (`studio`), a part of it (`studio/360p`), or everything (empty). */
  readonly path: string
  /** Seconds since the epoch: the first second in which it is worth nothing. */
  readonly expires: number
  /** The one address that may use it; undefined: any. */
  readonly address: string | undefined
}

/** A secret that playback tokens are signed with, and the name by which tokens refer to it. */
export interface PlaybackSecret {
  /** 1 to 16 letters, digits, `_` and `-`. */
  readonly id: string
  readonly secret: string
}

/** Who shows a token, for what, and when. */
export interface TokenBearer {
  /** Path of the request below `/live/`, without the token, as it was sent. */
  readonly path: string
  /** The viewer's address. */
  readonly address: string
  /** Seconds since the epoch. */
  readonly seconds: number
}

/** What is wrong with a token. */
export type PlaybackTokenFault = 'forged' | 'expired' | 'wrong-address' | 'wrong-path'

/** What a token grants, or why it grants nothing. */
export type PlaybackTokenCheck =
  | { readonly type: 'granted'; readonly expires: number }
  | { readonly type: PlaybackTokenFault }

const PURPOSE = 'sluice-play-1'
/** `KEY.EXPIRES.PATH.ADDRESS.SIGNATURE` */
const TOKEN = /^(([\w-]{1,16})\.(\d{1,12})\.([\w-]*)\.([\w-]*))\.([\w-]{43})$/
const SECRET = /^([\w-]{1,16}):(\S{16,})$/

/**
 * Reads a list of secrets, `ID:SECRET,ID:SECRET`. The first signs, all are accepted.
 *
 * @throws {ProtocolError} `cluster.playback.bad_secrets`, without the secret in its words.
 */
export function readPlaybackSecrets(text: string): readonly [PlaybackSecret, ...PlaybackSecret[]] {
  const [first, ...others] = text.split(',').map((entry, index): PlaybackSecret => {
    const [, id, secret] = SECRET.exec(entry.trim()) ?? []
    if (id === undefined || secret === undefined)
      throw new ProtocolError(
        'cluster.playback.bad_secrets',
        `entry ${index + 1} of the playback secrets is not ID:SECRET, with an id of 1 to 16 letters, digits, _ and - and a secret of at least 16 characters without blanks and commas`,
      )
    return { id, secret }
  })
  if (first === undefined)
    throw new ProtocolError('cluster.playback.bad_secrets', 'there is no playback secret')
  return [first, ...others]
}

/**
 * The token of a grant: `KEY.EXPIRES.PATH.ADDRESS.SIGNATURE`, where PATH and ADDRESS are base64url and the signature is
 * HMAC-SHA256, in base64url without padding, of the line `sluice-play-1`, a line break, and all of the token before the last dot.
 * Needs no escaping in a URL.
 */
export function renderPlaybackToken({ path, expires, address }: PlaybackGrant, key: PlaybackSecret): string {
  const spelled = address === undefined ? '' : (readIpAddress(address)?.text ?? address)
  const head = `${key.id}.${expires}.${base64url(path)}.${base64url(spelled)}`
  return `${head}.${signText(key.secret, textOf(head))}`
}

/**
 * Whether a token lets its bearer play. The signature comes first: of what was not signed here, nothing is believed, and a
 * changed expiry is a forgery rather than an expired token.
 *
 * @param keys - the secrets that count.
 */
export function checkPlaybackToken(
  token: string,
  keys: readonly PlaybackSecret[],
  bearer: TokenBearer,
): PlaybackTokenCheck {
  const [, head = '', id, expires, path = '', address = '', signature = ''] = TOKEN.exec(token) ?? []
  const key = keys.find((each) => each.id === id)
  if (key === undefined || !isSignature(signature, key.secret, textOf(head))) return { type: 'forged' }
  if (bearer.seconds >= Number(expires)) return { type: 'expired' }
  if (address !== '' && readIpAddress(bearer.address)?.text !== fromBase64url(address))
    return { type: 'wrong-address' }
  const granted = fromBase64url(path)
  const covers = granted === '' || bearer.path === granted || bearer.path.startsWith(`${granted}/`)
  return covers ? { type: 'granted', expires: Number(expires) } : { type: 'wrong-path' }
}

function textOf(head: string): string {
  return `${PURPOSE}\n${head}`
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function fromBase64url(text: string): string {
  return Buffer.from(text, 'base64url').toString()
}
