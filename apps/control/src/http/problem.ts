import {
  DependencyError,
  errorCode,
  errorMessage,
  ProtocolError,
  SluiceError,
  UnsupportedError,
} from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { FastifyError, FastifyInstance, FastifyReply, FastifySchemaValidationError } from 'fastify'
import Type from 'typebox'

/** An answer that something went wrong, as RFC 9457 wants it, with the stable code of the error. */
export interface Problem {
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** The field of the request that is at fault. */
  readonly field?: string
}

/** Registered under this name; routes refer to it. */
export const problemSchema: Type.TSchema = Type.Object(
  {
    title: Type.String({ description: 'The kind of problem' }),
    status: Type.Integer({ description: 'The HTTP status' }),
    detail: Type.String({ description: 'What happened and what to do, for people' }),
    code: Type.String({ description: 'Stable name of the error, for programs' }),
    field: Type.Optional(Type.String({ description: 'The field of the request that is at fault' })),
  },
  { $id: 'Problem', description: 'Problem details (RFC 9457), sent as application/problem+json' },
)

/** The schema of a response that is a {@link Problem}. */
export function problemResponse(description: string): Type.TUnsafe<Problem> {
  return Type.Unsafe<Problem>({
    description,
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  })
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Operator token needed',
  404: 'Not found',
  409: 'Not possible now',
  413: 'The request is too large',
  415: 'The body must be JSON',
  500: 'Internal error',
  503: 'A service that is needed is not available',
}

const RETRY_AFTER_SECONDS = 2

/** Sends a problem. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  field?: string,
): FastifyReply {
  const title = TITLES[status] ?? 'The request failed'
  const problem: Problem = { title, status, detail, code, ...(field === undefined ? {} : { field }) }
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply.code(status).type('application/problem+json').send(problem)
}

/** Has every error and every unknown address answered with a problem: the one place where errors become HTTP. */
export function answerWithProblems(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler((error: FastifyError | SluiceError | Error, _request, reply) => {
    if (error instanceof SluiceError) return sendDeclared(error, reply, log)
    if ('validation' in error && error.validation?.[0] !== undefined) {
      const { field, detail } = explain(error.validation[0], error.validationContext)
      return sendProblem(reply, 400, 'control.request.invalid', detail, field)
    }
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500
    if (status < 500) return sendProblem(reply, status, 'control.request.refused', errorMessage(error))
    log.error({ err: error }, 'a request failed')
    return sendProblem(reply, 500, errorCode(error), 'the request failed; the log of control says why')
  })
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, 'control.route.unknown', `there is no ${request.method} ${request.url}`),
  )
}

function sendDeclared(error: SluiceError, reply: FastifyReply, log: Logger): FastifyReply {
  const field = error.details.field
  const named = typeof field === 'string' ? field : undefined
  if (error instanceof ProtocolError) return sendProblem(reply, 400, error.code, error.message, named)
  if (error instanceof UnsupportedError) return sendProblem(reply, 409, error.code, error.message, named)
  if (error instanceof DependencyError) {
    log.warn({ err: error }, 'a request cannot be answered now')
    return sendProblem(reply, 503, error.code, error.message)
  }
  log.error({ err: error }, 'a request failed')
  return sendProblem(reply, 500, error.code, 'the request failed; the log of control says why')
}

/** What a schema says of a value that does not fit it, with the field and what is allowed. */
function explain(
  fault: FastifySchemaValidationError & { readonly parentSchema?: unknown; readonly data?: unknown },
  part = 'body',
): { field: string; detail: string } {
  const path = fault.instancePath.slice(1).replaceAll('/', '.')
  const inner = fault.params.additionalProperty ?? fault.params.missingProperty
  const field = [path, inner].filter((name) => typeof name === 'string' && name !== '').join('.') || part
  switch (fault.keyword) {
    case 'additionalProperties':
      return { field, detail: `${field}: there is no such field` }
    case 'required':
      return { field, detail: `${field}: this field is needed` }
    case 'enum':
      return {
        field,
        detail: `${field}: ${shown(fault.data)} is not allowed; allowed: ${String(fault.params.allowedValues).replaceAll(',', ', ')}`,
      }
    default: {
      const schema = (fault.parentSchema ?? {}) as {
        readonly description?: string
        readonly writeOnly?: boolean
      }
      const { description, writeOnly } = schema
      const allowed = description === undefined ? (fault.message ?? 'another value') : description
      // A secret goes into no answer, which may be logged on its way.
      const value = writeOnly === true ? 'the value' : shown(fault.data)
      return { field, detail: `${field}: ${value} is not allowed; allowed: ${allowed}` }
    }
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}
