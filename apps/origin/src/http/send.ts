import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Rendered } from '../live/render-cache.ts'
import { selectRange } from './byte-range.ts'
import { chooseCoding } from './content-coding.ts'
import { DEFAULT_VARY, type DocumentLabels, documentHeaders, sendWholeDocument } from './document.ts'
import { IMMUTABLE, matchesEtag } from './headers.ts'
import { sendProblem } from './problem.ts'
import { sendReady } from './send-ready.ts'

/** Sends a playlist or manifest: compressed where it is taken, or 304. */
export function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  rendered: Rendered,
  labels: DocumentLabels,
): FastifyReply {
  const { etag } = rendered
  const { cacheControl, vary = DEFAULT_VARY } = labels
  if (matchesEtag(request.headers['if-none-match'], etag))
    return reply.headers({ 'cache-control': cacheControl, etag, vary }).code(304).send()
  const coding = chooseCoding(request.headers['accept-encoding'])
  if (sendWholeDocument(request.raw, reply.raw, { rendered, labels, coding })) return reply.hijack()
  return sendReady(request, reply, documentHeaders(rendered, labels, coding), rendered.coded(coding))
}

/** How a media file is labelled. */
export interface MediaLabels {
  readonly name: string
  readonly contentType: string
}

/**
 * Labels the answer as a media file. Its name is its entity tag: it never holds anything else.
 *
 * @returns whether the client has the file already: then the answer is 304.
 */
export function labelMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  { name }: MediaLabels,
): 'unchanged' | 'new' {
  const etag = entityTag(name)
  reply.headers({ 'cache-control': IMMUTABLE, etag })
  return matchesEtag(request.headers['if-none-match'], etag) ? 'unchanged' : 'new'
}

function entityTag(name: string): string {
  return `"${name}"`
}

/** Sends a media file, whole or in part. */
export function sendMedia(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: Uint8Array,
  labels: MediaLabels,
): FastifyReply {
  const size = bytes.byteLength
  const etag = entityTag(labels.name)
  const { 'if-none-match': ifNoneMatch, 'if-range': ifRange } = request.headers
  const range = ifRange === undefined || ifRange === etag ? selectRange(request.headers.range, size) : 'whole'
  if (ifNoneMatch === undefined && range === 'whole') {
    const headers = ['content-type', labels.contentType, 'cache-control', IMMUTABLE, 'etag', etag]
    return sendReady(request, reply, [...headers, 'accept-ranges', 'bytes'], asBuffer(bytes))
  }
  reply.header('accept-ranges', 'bytes')
  if (labelMedia(request, reply, labels) === 'unchanged') return reply.code(304).send()
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    return sendProblem(reply, {
      status: 416,
      code: 'origin.range.unsatisfiable',
      detail: `the file has ${size} bytes`,
    })
  }
  reply.type(labels.contentType)
  if (range === 'whole') return reply.send(asBuffer(bytes))
  const { first, last } = range
  reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`)
  return reply.send(asBuffer(bytes.subarray(first, last + 1)))
}

/** The same memory as a Buffer. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
