import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Rendered } from '../live/render-cache.ts'
import { selectRange } from './byte-range.ts'
import { acceptsGzip, IMMUTABLE, matchesEtag } from './headers.ts'
import { sendProblem } from './problem.ts'

/** How a document is labelled. */
export interface DocumentLabels {
  readonly contentType: string
  readonly cacheControl: string
}

/** Sends a playlist or manifest: compressed where it is taken, or 304. */
export function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  rendered: Rendered,
  { contentType, cacheControl }: DocumentLabels,
): FastifyReply {
  reply.headers({ 'cache-control': cacheControl, etag: rendered.etag, vary: 'Accept-Encoding' })
  if (matchesEtag(request.headers['if-none-match'], rendered.etag)) return reply.code(304).send()
  reply.type(contentType)
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(rendered.body)
  return reply.header('content-encoding', 'gzip').send(rendered.gzip)
}

/** Sends a media file, whole or in part. Its name is its entity tag: it never holds anything else. */
export function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: Uint8Array,
  { name, contentType }: { readonly name: string; readonly contentType: string },
): FastifyReply {
  const etag = `"${name}"`
  const size = bytes.byteLength
  reply.headers({ 'cache-control': IMMUTABLE, etag, 'accept-ranges': 'bytes' })
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? selectRange(request.headers.range, size) : 'whole'
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    return sendProblem(reply, {
      status: 416,
      code: 'origin.range.unsatisfiable',
      detail: `the file has ${size} bytes`,
    })
  }
  reply.type(contentType)
  if (range === 'whole') return reply.send(asBuffer(bytes))
  const { first, last } = range
  reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`)
  return reply.send(asBuffer(bytes.subarray(first, last + 1)))
}

/** The same memory as a Buffer. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
