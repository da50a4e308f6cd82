import type { Rendition } from '../../timeline/events.ts'
import {
  findRendition,
  type RenditionSnapshot,
  type SegmentSnapshot,
  type TimelineSnapshot,
} from '../../timeline/snapshot.ts'

const H264 = /^avc[13]\./
/** AAC-LC, HE-AAC and HE-AAC v2. */
const AAC = /^mp4a\.40\.(2|5|29)$/

/** A rendition that can be had as a transport stream. */
export interface TransportRung {
  readonly main: RenditionSnapshot
  /** The sound that goes into the same segments; undefined for a sound, and where there is none. */
  readonly sound: RenditionSnapshot | undefined
}

/**
 * The renditions that devices without fragmented MP4 play: H.264 with AAC, or alone where the broadcast has no sound, in the order of
 * the playlist; then AAC alone. A rung whose sound is in other codecs only is left out: it would be silent.
 */
export function transportRungs(snapshot: TimelineSnapshot): readonly TransportRung[] {
  const rungs = snapshot.renditions.map(({ rendition }) => transportRung(snapshot, rendition.id))
  const known = rungs.filter((rung) => rung !== undefined)
  const pictures = known.filter(({ main }) => main.rendition.kind === 'video')
  const sounds = known.filter(({ main }) => main.rendition.kind === 'audio')
  const played = new Set(pictures.map(({ sound }) => sound))
  // Beside pictures, further sounds are of no use: nothing can choose them.
  return [...pictures, ...sounds.filter(({ main }) => pictures.length === 0 || played.has(main))]
}

/** A rendition as a transport stream; undefined where there is none of that id, or it cannot be one. */
export function transportRung(snapshot: TimelineSnapshot, id: string): TransportRung | undefined {
  const main = findRendition(snapshot, id)
  if (main === undefined) return undefined
  const { rendition } = main
  if (rendition.kind === 'audio')
    return isAac(rendition) && rendition.alternative === undefined ? { main, sound: undefined } : undefined
  const sound = soundOf(snapshot, rendition)
  return H264.test(rendition.codecString) && sound !== 'unplayable' ? { main, sound } : undefined
}

/** The first AAC among the sounds of a picture. */
function soundOf(
  snapshot: TimelineSnapshot,
  rendition: Rendition,
): RenditionSnapshot | 'unplayable' | undefined {
  if (rendition.kind === 'audio') return undefined
  const ids = [rendition.audio, ...(rendition.furtherAudio ?? [])]
  const sounds = ids.flatMap((id) => (id === undefined ? [] : (findRendition(snapshot, id) ?? [])))
  if (sounds.length === 0) return undefined
  return sounds.find((sound) => isAac(sound.rendition)) ?? 'unplayable'
}

function isAac({ codecString }: Rendition): boolean {
  return AAC.test(codecString)
}

/** A segment of a transport stream. */
export interface TransportSegment {
  readonly main: SegmentSnapshot
  /** See `TransportSegmentParts`. */
  readonly sound: { readonly rendition: string; readonly segment: SegmentSnapshot } | 'silent' | undefined
}

/**
 * The segments of a rung, oldest first: from the first to the last number that picture and sound both have. A number that the sound
 * never got is silent. One that it may still get is not listed yet, so that no listed segment ever changes.
 */
export function transportSegments({ main, sound }: TransportRung): readonly TransportSegment[] {
  const first = sound?.segments[0]?.number ?? Number.POSITIVE_INFINITY
  return main.segments.flatMap((segment): TransportSegment[] => {
    // As it was when the segment was made: sound may have come or gone since.
    const { rendition } = segment
    const expects = rendition.kind === 'video' && rendition.audio !== undefined
    if (sound === undefined || !expects) return [{ main: segment, sound: undefined }]
    const beside = sound.segments[segment.number - first]
    if (beside === undefined) return []
    if (beside.gap || !isAac(beside.rendition)) return [{ main: segment, sound: 'silent' }]
    return [{ main: segment, sound: { rendition: sound.rendition.id, segment: beside } }]
  })
}
