import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Rendered } from '../live/render-cache.ts'
import type { ContentCoding } from './content-coding.ts'
import { type RawHeaders, sendWhole, WholeAnswer } from './whole-answer.ts'

/** How a document is labelled. */
export interface DocumentLabels {
  readonly contentType: string
  readonly cacheControl: string
  /** What of the request the answer depends on, default its Accept-Encoding. RFC 9110 §12.5.5 */
  readonly vary?: string
}

/** Answers are coded as is asked for. */
export const DEFAULT_VARY = 'Accept-Encoding'

/** What an answer says of a playlist or manifest in a coding. */
export function documentHeaders(
  { etag }: Rendered,
  { contentType, cacheControl, vary = DEFAULT_VARY }: DocumentLabels,
  coding: ContentCoding,
): RawHeaders {
  const headers = ['content-type', contentType, 'cache-control', cacheControl, 'etag', etag, 'vary', vary]
  return coding === 'identity' ? headers : [...headers, 'content-encoding', coding]
}

/** By document, then by coding and `Cache-Control`: the rest is the same for all who ask for it. */
const wholes = new WeakMap<Rendered, Map<string, WholeAnswer>>()

/** Bytes of a body that are kept once more, behind their head. Lists of hours are longer, and few ask for them. */
const MOST_WHOLE = 64 * 1024

/**
 * Sends a playlist or manifest in one piece; see {@link sendWhole}.
 *
 * @returns false where it has to be sent in the ordinary way.
 */
export function sendWholeDocument(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  { rendered, labels, coding }: CodedDocument,
): boolean {
  return (
    rendered.coded(coding).length <= MOST_WHOLE &&
    sendWhole(request, response, wholeDocument({ rendered, labels, coding }))
  )
}

/** A document in the form that a client takes. */
export interface CodedDocument {
  readonly rendered: Rendered
  readonly labels: DocumentLabels
  readonly coding: ContentCoding
}

/** Made once however many are sent it. */
function wholeDocument({ rendered, labels, coding }: CodedDocument): WholeAnswer {
  let answers = wholes.get(rendered)
  if (answers === undefined) {
    answers = new Map()
    wholes.set(rendered, answers)
  }
  const key = `${coding} ${labels.cacheControl}`
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = new WholeAnswer(documentHeaders(rendered, labels, coding), rendered.coded(coding))
    answers.set(key, answer)
  }
  return answer
}
