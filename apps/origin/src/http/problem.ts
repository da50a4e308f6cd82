import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { sendPlain } from './send-ready.ts'

/** An answer that says what went wrong. @see RFC 9457 */
export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 416 | 500 | 503
  /** Stable, for programs: `origin.stream.unknown`. */
  readonly code: string
  /** For people. */
  readonly detail: string
  /** Seconds after which asking again may help. */
  readonly retryAfter?: number
}

const TITLES: Readonly<Record<Problem['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** A 404 may be true for a moment only: streams begin. */
const NOT_FOUND_CACHE = 'public, max-age=1'

/** The problem as `application/problem+json`. */
export function problemBody({ status, code, detail }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, code })
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).headers(problemHeaders(problem)).send(problemBody(problem))
}

/** The same over HTTP/1.1 where there is no reply of Fastify's. */
export function sendPlainProblem(response: ServerResponse, problem: Problem): void {
  const headers = Object.entries(problemHeaders(problem)).flat()
  sendPlain(response, problem.status, headers, Buffer.from(problemBody(problem)))
}

function problemHeaders({ status, retryAfter }: Problem): Readonly<Record<string, string>> {
  return {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    'cache-control': status === 404 ? NOT_FOUND_CACHE : 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
  }
}

/** 404 for everything that is not there, whatever was wrong with its name. */
export function notFound(detail: string, code = 'origin.not_found'): Problem {
  return { status: 404, code, detail }
}
