import { ProtocolError } from '@sluice/core'
import type { Chromaticity, ColourDescription, VideoColour } from '@sluice/media'

/** Properties of an object that came as text. */
export type Fields = Readonly<Record<string, unknown>>

const MAX_U8 = 0xff
const MAX_U16 = 0xffff
const MAX_U32 = 0xffff_ffff

/** @throws {ProtocolError} `broadcast.feed.bad_track` for anything but a `VideoColour`. */
export function readColour(value: unknown): VideoColour {
  const { description, masteringDisplay, contentLight } = fieldsOf(value, 'colour')
  return {
    ...(description === undefined ? {} : { description: readDescription(description) }),
    ...(masteringDisplay === undefined ? {} : { masteringDisplay: readDisplay(masteringDisplay) }),
    ...(contentLight === undefined ? {} : { contentLight: readContentLight(contentLight) }),
  }
}

/** @throws {ProtocolError} `broadcast.feed.bad_track` for anything but an object. */
export function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw malformed(name)
  return { ...value }
}

/** @param name - of what is missing, or is not what `describeTrack` writes. */
export function malformed(name: string): ProtocolError {
  return new ProtocolError('broadcast.feed.bad_track', `a track of the feed has no valid ${name}`)
}

function readDescription(value: unknown): ColourDescription {
  const fields = fieldsOf(value, 'colour description')
  const { fullRange } = fields
  if (typeof fullRange !== 'boolean') throw malformed('colour range')
  return {
    primaries: upTo(MAX_U8, fields.primaries, 'colour primaries'),
    transfer: upTo(MAX_U8, fields.transfer, 'transfer characteristics'),
    matrix: upTo(MAX_U8, fields.matrix, 'matrix coefficients'),
    fullRange,
  }
}

function readDisplay(value: unknown): NonNullable<VideoColour['masteringDisplay']> {
  const { red, green, blue, white, ...luminance } = fieldsOf(value, 'mastering display')
  return {
    red: readPoint(red),
    green: readPoint(green),
    blue: readPoint(blue),
    white: readPoint(white),
    maxLuminance: upTo(MAX_U32, luminance.maxLuminance, 'mastering luminance'),
    minLuminance: upTo(MAX_U32, luminance.minLuminance, 'mastering luminance'),
  }
}

function readContentLight(value: unknown): NonNullable<VideoColour['contentLight']> {
  const { maximum, maximumFrameAverage } = fieldsOf(value, 'content light level')
  return {
    maximum: upTo(MAX_U16, maximum, 'content light level'),
    maximumFrameAverage: upTo(MAX_U16, maximumFrameAverage, 'content light level'),
  }
}

function readPoint(value: unknown): Chromaticity {
  if (!Array.isArray(value) || value.length !== 2) throw malformed('mastering chromaticity')
  const [x, y]: unknown[] = value
  return [upTo(MAX_U16, x, 'mastering chromaticity'), upTo(MAX_U16, y, 'mastering chromaticity')]
}

function upTo(max: number, value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) throw malformed(name)
  return value
}
