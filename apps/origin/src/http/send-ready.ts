import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { COMMON_HEADERS } from './headers.ts'
import type { RawHeaders } from './whole-answer.ts'

const COMMON: RawHeaders = Object.entries(COMMON_HEADERS).flat()

/**
 * Answers 200 with bytes that are all there, and with the headers that every answer has.
 *
 * Over HTTP/1.1 it goes past Fastify, whose way of sending does nothing for such an answer
 * (measured for a playlist: 11.3 µs of user time, 10.1 like this; the kernel takes 8 more). HTTP/2 goes through Fastify, which hands
 * large bodies on piece by piece.
 *
 * @param headers - names in lower case and values in turn, without those of the length and of every answer.
 */
export function sendReady(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: RawHeaders,
  body: Buffer,
): FastifyReply {
  if (request.raw.httpVersionMajor === 2) {
    for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1])
    return reply.send(body)
  }
  reply.hijack()
  sendPlain(reply.raw, 200, headers, body)
  return reply
}

/** The same over HTTP/1.1, with any status, where there is no reply of Fastify's. */
export function sendPlain(response: ServerResponse, status: number, headers: RawHeaders, body: Buffer): void {
  response.writeHead(status, [...COMMON, ...headers, 'content-length', String(body.length)])
  response.end(body)
}
