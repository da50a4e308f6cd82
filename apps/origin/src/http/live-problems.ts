import { notFound, type Problem } from './problem.ts'

export function notOnAir(stream: string): Problem {
  return notFound(`the stream "${stream.slice(0, 64)}" is not on air`, 'origin.stream.unknown')
}

export function noRendition(stream: string, rendition: string): Problem {
  const detail = `the stream "${stream.slice(0, 64)}" has no rendition "${rendition.slice(0, 64)}"`
  return notFound(detail, 'origin.rendition.unknown')
}

export const NO_FILE: Problem = notFound('there is no such file, or not any more', 'origin.file.unknown')

export const NO_TRANSPORT_STREAM: Problem = notFound(
  'nothing here is in H.264 and AAC, which transport streams are made of, or it has not begun',
  'origin.ts.none',
)

export const FULL: Problem = {
  status: 503,
  code: 'origin.waiting.full',
  detail: 'too many requests wait for media already',
  retryAfter: 1,
}

export const HELD_TOO_LONG: Problem = {
  status: 503,
  code: 'origin.reload.timeout',
  detail: 'the media that was asked for did not come in time',
  retryAfter: 1,
}

export const TOO_FAR: Problem = {
  status: 400,
  code: 'origin.reload.too_far',
  detail: '_HLS_msn or _HLS_part is too far ahead of the playlist',
}

export const BAD_DIRECTIVES: Problem = {
  status: 400,
  code: 'origin.reload.invalid',
  detail:
    '_HLS_msn and _HLS_part must be decimal integers, _HLS_part needs _HLS_msn, _HLS_skip must be YES or v2, and none may be repeated',
}

export const BAD_RANGE: Problem = {
  status: 400,
  code: 'origin.range.invalid',
  detail:
    'start must be seconds since the broadcast began or an ISO 8601 date with a time zone, dvr must be seconds, and only one of them may be given, once',
}

/** Why a list cannot begin where it should. */
export const START_PROBLEMS: Readonly<Record<'gone' | 'ahead', Problem>> = {
  gone: notFound('the media of that start is not kept any more: ask for a later one', 'origin.start.gone'),
  ahead: notFound('there is no media of that start yet', 'origin.start.ahead'),
}
