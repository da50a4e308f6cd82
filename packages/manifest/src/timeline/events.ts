import type { EpochMillis, Millis, Ticks, Timescale } from '@sluice/core'
import { type ColourDescription, type DynamicRange, dynamicRange } from '@sluice/media'

/** An init segment of a rendition. */
export interface InitSegment {
  /** From 0, one higher whenever the rendition's codec configuration changes. */
  readonly version: number
  /** Its file name, as {@link initFileName} makes it; it never changes what it holds. */
  readonly name: string
}

interface RenditionBase {
  /** File-system and URL safe, unique in the broadcast: `source`, `720p`, `audio-source`, `audio-128k`. */
  readonly id: string
  /** Place in the multivariant playlist, 0 first. */
  readonly order: number
  /** RFC 6381 `codecs` parameter. */
  readonly codecString: string
  readonly timescale: Timescale
  /** Expected bits per second, used until media has been measured; undefined where nobody knows. */
  readonly nominalBitrate: number | undefined
  /** Undefined while the rendition is only planned (its encoder has not produced anything yet). */
  readonly init: InitSegment | undefined
}

export interface VideoRendition extends RenditionBase {
  readonly kind: 'video'
  /** Displayed size: width is already corrected for the sample aspect ratio. */
  readonly width: number
  readonly height: number
  readonly frameRate: number | undefined
  /** The audio rendition that belongs to this rung, undefined in a video-only broadcast. */
  readonly audio: string | undefined
  /** Further audio renditions that may be played with it, by players that can: surround sound, say. */
  readonly furtherAudio?: readonly string[]
  /** How its colours are stored; absent where nobody knows: then BT.709 is assumed. */
  readonly colour?: ColourDescription
}

export interface AudioRendition extends RenditionBase {
  readonly kind: 'audio'
  readonly sampleRate: number
  readonly channels: number
  /**
   * The publisher's number, from 1, of a sound beside the default one: a viewer may choose it in place of that, in every rung.
   * Absent in renditions of the default sound.
   */
  readonly alternative?: number
  /** What viewers choose it by; absent where it is the only sound. */
  readonly name?: string
  /** RFC 5646; absent where the publisher does not say it. */
  readonly language?: string
}

/** One ladder output, video or audio: a sequence of single-track CMAF segments. */
export type Rendition = VideoRendition | AudioRendition

/** What a display has to be able to show; sound is as ordinary as SDR. */
export function rangeOf(rendition: Rendition): DynamicRange {
  return rendition.kind === 'video' ? dynamicRange(rendition.colour) : 'SDR'
}

/** Opens a broadcast's timeline. Always the first event. */
export interface StartEvent {
  readonly type: 'start'
  /** Broadcast id: part of every media file name. */
  readonly broadcast: string
  /** Wall-clock time of media time 0; fixes PROGRAM-DATE-TIME and availabilityStartTime for good. */
  readonly startedAt: EpochMillis
  /** EXT-X-TARGETDURATION in whole seconds; no segment's rounded duration exceeds it. */
  readonly targetDuration: number
  /** PART-TARGET; no part is longer. */
  readonly partTarget: Millis
  /** Seconds of complete segments that viewers may go back; absent: the reader's own setting. */
  readonly window?: number
}

/** Declares a rendition, or declares it anew: planned → real, or with a new init segment. */
export interface RenditionEvent {
  readonly type: 'rendition'
  readonly rendition: Rendition
}

/** Takes a planned or running rendition away: its encoder cannot make it. */
export interface RenditionRemovedEvent {
  readonly type: 'rendition-removed'
  readonly rendition: string
  readonly reason: string
}

/** Part `part` of segment `segment` exists in the store: bytes [offset, offset + size) of the segment's file. */
export interface PartEvent {
  readonly type: 'part'
  readonly rendition: string
  /** Segment number: the boundary's number. */
  readonly segment: number
  /** From 0 within the segment. */
  readonly part: number
  /** The segment's file name, as {@link segmentFileName} makes it. */
  readonly name: string
  /** Version of the init segment that decodes it. */
  readonly init: number
  readonly start: Ticks
  readonly duration: Ticks
  /** True when the part begins with a keyframe. Always true for audio. */
  readonly independent: boolean
  readonly offset: number
  readonly size: number
}

/** The segment is complete: its parts joined are its file. */
export interface SegmentEvent {
  readonly type: 'segment'
  readonly rendition: string
  readonly segment: number
  /** The file's name, as {@link segmentFileName} makes it: it ends in `.NUMBER.m4s`. */
  readonly name: string
  /** Version of the init segment that decodes it. */
  readonly init: number
  readonly start: Ticks
  readonly duration: Ticks
  readonly independent: boolean
  readonly size: number
}

/** Media of segment `segment` and later does not continue what came before, in every rendition. */
export interface DiscontinuityEvent {
  readonly type: 'discontinuity'
  readonly segment: number
}

/** Nothing will follow. Always the last event. */
export interface EndEvent {
  readonly type: 'end'
}

/**
 * One entry of a broadcast's timeline log. For each rendition, segment numbers rise; a part precedes the
 * segment event that closes it; a rendition with an init segment precedes its first part.
 */
export type TimelineEvent =
  | StartEvent
  | RenditionEvent
  | RenditionRemovedEvent
  | PartEvent
  | SegmentEvent
  | DiscontinuityEvent
  | EndEvent
