import { STREAM_NAME_PATTERN } from '@sluice/cluster'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { type Problem, problemResponse, sendProblem } from '../http/problem.ts'

/** Where the routes of streams stand in the description. */
export const tags: string[] = ['streams']

/** They want an operator's token. */
export const security: { operator: string[] }[] = [{ operator: [] }]

/** A stream's name. */
export const name: Type.TString = Type.String({
  pattern: STREAM_NAME_PATTERN,
  description: '1 to 63 lower-case letters, digits, _ and -, beginning with a letter or digit',
})

/** The parameters of a route of one stream. */
export const params: Type.TObject<{ name: Type.TString }> = Type.Object({ name })

/** Answers that every route has. */
export const failures: Readonly<Record<400 | 401 | 503, Type.TUnsafe<Problem>>> = {
  400: problemResponse('A field is not valid'),
  401: problemResponse('No valid operator token'),
  503: problemResponse('Redis is away'),
}

/** Answers of a route of one stream. */
export const missing: Readonly<Record<404, Type.TUnsafe<Problem>>> = {
  404: problemResponse('There is no such stream'),
}

/** Says that there is no such stream. */
export function unknown(reply: FastifyReply, name: string): FastifyReply {
  return sendProblem(reply, 404, 'control.stream.unknown', `there is no stream ${name}`)
}
