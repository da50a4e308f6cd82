import type { FastifyRequest } from 'fastify'
import type { DocumentLabels } from './document.ts'
import { DOCUMENT_SECONDS, maxAge } from './headers.ts'

/** RFC 8216 §4 */
export const M3U8 = 'application/vnd.apple.mpegurl'

/** Of multivariant playlists, which are not the same for everybody: see {@link playsWithoutPicture}. */
export const multivariantLabels: DocumentLabels = {
  contentType: M3U8,
  cacheControl: maxAge(DOCUMENT_SECONDS),
  vary: 'Accept-Encoding, User-Agent',
}

/** Takes the variants of pictures for further sounds, and plays the first sound alone, once a variant has no picture. */
const STAYS_WITHOUT_PICTURE = /\bLibVLC\/3\./

/** True for players that are given sounds alone beside the pictures. */
export function playsWithoutPicture({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return !STAYS_WITHOUT_PICTURE.test(headers['user-agent'] ?? '')
}
