import { ProtocolError } from '@sluice/core'
import { FOURCC_SIZE, type Medium, u8, u24be, u32be } from './enhanced-header.ts'
import { type UnsupportedBody, unsupported } from './unsupported-body.ts'

/** What one message says about several tracks, or about one that is not the default one. */
export interface MultitrackBody<Body> {
  readonly type: 'multitrack'
  /** In the order of the message; at most 256. */
  readonly tracks: readonly TrackBody<Body>[]
}

/** What a message says about one track. */
export interface TrackBody<Body> {
  /** 0 to 255: a name, not a position. 0 is the track that other messages carry without a wrapper. */
  readonly trackId: number
  readonly body: Body
}

/** One track's share of a message, before its codec is looked at. */
export interface TrackPart {
  readonly trackId: number
  readonly fourCc: number
  readonly packetType: number
  /** A view of what follows the track's header. */
  readonly bytes: Uint8Array
}

/** AvMultitrackType. */
const ONE_TRACK = 0
const MANY_TRACKS = 1
const MANY_TRACKS_MANY_CODECS = 2
/** A track id has eight bits. */
const MAX_TRACKS = 256

/**
 * Reads what stands behind a packet type of Multitrack: the kind of wrapper, and each track by `read`.
 *
 * @param at - index of the byte with the wrapper's kind and the packet type of all tracks.
 * @param multitrackPacketType - `PacketType.Multitrack`: 5 in audio, 6 in video.
 * @returns `unsupported` for a kind that is not defined.
 * @throws {ProtocolError} `flv.….truncated`, `flv.….nested_multitrack`, `flv.….bad_track_size`,
 *   `flv.….too_many_tracks`, and what `read` throws.
 * @see Enhanced RTMP v2, Enhanced Audio, Enhanced Video (AvMultitrackType)
 */
export function readTracks<Body>(
  payload: Uint8Array,
  at: number,
  layout: { readonly medium: Medium; readonly multitrackPacketType: number },
  read: (part: TrackPart) => Body,
): MultitrackBody<Body> | UnsupportedBody {
  const { medium, multitrackPacketType } = layout
  const kind = u8(payload, at, medium) >> 4
  const packetType = u8(payload, at, medium) & 0x0f
  let next = at + 1
  if (kind > MANY_TRACKS_MANY_CODECS) {
    return unsupported(`multitrack ${medium} of kind ${kind} is not defined`, `multitrack kind ${kind}`, true)
  }
  if (packetType === multitrackPacketType) {
    throw new ProtocolError(`flv.${medium}.nested_multitrack`, `multitrack ${medium} inside multitrack`, {
      spec: 'Enhanced RTMP v2, AvMultitrackType',
    })
  }
  let fourCc = 0
  if (kind !== MANY_TRACKS_MANY_CODECS) {
    fourCc = u32be(payload, next, medium)
    next += FOURCC_SIZE
  }
  if (kind === ONE_TRACK) {
    const trackId = u8(payload, next, medium)
    const bytes = payload.subarray(next + 1)
    return { type: 'multitrack', tracks: [{ trackId, body: read({ trackId, fourCc, packetType, bytes }) }] }
  }
  const tracks: TrackBody<Body>[] = []
  while (next < payload.length) {
    if (tracks.length === MAX_TRACKS) throw tooManyTracks(medium)
    if (kind !== MANY_TRACKS) {
      fourCc = u32be(payload, next, medium)
      next += FOURCC_SIZE
    }
    const trackId = u8(payload, next, medium)
    const size = u24be(payload, next + 1, medium)
    next += 4
    if (size > payload.length - next) throw badTrackSize(trackId, size, payload.length - next, medium)
    const bytes = payload.subarray(next, next + size)
    tracks.push({ trackId, body: read({ trackId, fourCc, packetType, bytes }) })
    next += size
  }
  return { type: 'multitrack', tracks }
}

function badTrackSize(trackId: number, size: number, left: number, medium: Medium): ProtocolError {
  return new ProtocolError(
    `flv.${medium}.bad_track_size`,
    `${medium} track ${trackId} claims ${size} bytes, ${left} are left in the message`,
    { details: { trackId, size, left }, spec: 'Enhanced RTMP v2, AvMultitrackType' },
  )
}

function tooManyTracks(medium: Medium): ProtocolError {
  return new ProtocolError(
    `flv.${medium}.too_many_tracks`,
    `more than ${MAX_TRACKS} ${medium} tracks in one message`,
    { details: { limit: MAX_TRACKS } },
  )
}
