/** A segment of a media playlist, as a player understands it. */
export interface ListedSegment {
  readonly uri: string
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  /** Seconds. */
  readonly duration: number
  readonly programDateTime: string
  readonly map: string
  readonly gap: boolean
}

/** A part of a media playlist. */
export interface ListedPart {
  readonly uri: string
  readonly mediaSequence: number
  /** Place in its segment. */
  readonly index: number
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly gap: boolean
}

/** What a player learns from a media playlist. */
export interface MediaPlaylist {
  readonly targetDuration: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly segments: readonly ListedSegment[]
  readonly parts: readonly ListedPart[]
}

/** Reads the tags we write, by the rules of RFC 8216 and without a look at how they are written. */
export function readMediaPlaylist(text: string): MediaPlaylist {
  const header = (tag: string): number => Number(new RegExp(`^#${tag}:(\\d+)$`, 'm').exec(text)?.[1])
  const segments: ListedSegment[] = []
  const parts: ListedPart[] = []
  const mediaSequence = header('EXT-X-MEDIA-SEQUENCE')
  const discontinuitySequence = header('EXT-X-DISCONTINUITY-SEQUENCE')
  let current = { discontinuities: 0, duration: 0, programDateTime: '', map: '', gap: false, parts: 0 }
  for (const line of text.split('\n')) {
    const sequence = mediaSequence + segments.length
    const [tag = '', value = ''] = line.split(/:(.*)/s)
    if (tag === '#EXT-X-DISCONTINUITY') current = { ...current, discontinuities: current.discontinuities + 1 }
    else if (tag === '#EXT-X-MAP') current = { ...current, map: value }
    else if (tag === '#EXT-X-PROGRAM-DATE-TIME') current = { ...current, programDateTime: value }
    else if (tag === '#EXT-X-GAP') current = { ...current, gap: true }
    else if (tag === '#EXTINF') current = { ...current, duration: Number.parseFloat(value) }
    else if (tag === '#EXT-X-PART') {
      const uri = /URI="([^"]*)"/.exec(value)?.[1] ?? ''
      const duration = Number(/DURATION=([\d.]+)/.exec(value)?.[1])
      const independent = value.includes(',INDEPENDENT=YES')
      const gap = value.includes(',GAP=YES')
      parts.push({ uri, mediaSequence: sequence, index: current.parts, duration, independent, gap })
      current = { ...current, parts: current.parts + 1 }
    } else if (line !== '' && !line.startsWith('#')) {
      const { discontinuities, duration, programDateTime, map, gap } = current
      segments.push({
        uri: line,
        mediaSequence: sequence,
        discontinuitySequence: discontinuitySequence + discontinuities,
        duration,
        programDateTime,
        map,
        gap,
      })
      current = { ...current, gap: false, parts: 0 }
    }
  }
  return {
    targetDuration: header('EXT-X-TARGETDURATION'),
    mediaSequence,
    discontinuitySequence,
    segments,
    parts,
  }
}
