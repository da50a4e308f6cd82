import { FragmentedMp4Reader } from '@sluice/cmaf'
import { UnsupportedError } from '@sluice/core'
import { type MediaFile, parseTransportSegmentName } from '@sluice/manifest'
import type { AudioTrack, Packet, Track, VideoTrack } from '@sluice/media'
import { type ElementaryInput, writeTransportStream } from '@sluice/mpegts'

/** Where the files of a broadcast are. */
export interface FileSource {
  /** What a name stands for. */
  file(rendition: string, name: string): MediaFile | undefined
  /** All of a file; undefined when it is gone. */
  read(rendition: string, file: MediaFile): Promise<Uint8Array | undefined>
}

/** True where all files are there that the name of a transport stream segment tells of. Asks for nothing else. */
export function canBeMade(source: Pick<FileSource, 'file'>, rendition: string, name: string): boolean {
  const parts = parseTransportSegmentName(name)
  if (parts === undefined) return false
  const { main, sound } = parts
  if (source.file(rendition, main)?.kind !== 'segment') return false
  if (typeof sound !== 'object') return true
  return (
    segmentNumber(sound.name) === segmentNumber(main) &&
    source.file(sound.rendition, sound.name)?.kind === 'segment'
  )
}

/**
 * Makes a transport stream segment of the CMAF segments that its name tells of.
 *
 * @param rendition - of the picture, or of a sound alone.
 * @returns undefined for what is no name of one, names files that are not there, or media that is not written to transport streams.
 * @throws {DependencyError} `store.…`
 * @throws {ProtocolError} for media that is damaged.
 */
export async function makeTransportSegment(
  source: FileSource,
  rendition: string,
  name: string,
): Promise<Uint8Array | undefined> {
  const parts = parseTransportSegmentName(name)
  if (parts === undefined) return undefined
  const { main, sound } = parts
  const segment = segmentNumber(main)
  const beside = typeof sound === 'object' ? sound : undefined
  if (segment === undefined || !canBeMade(source, rendition, name)) return undefined
  try {
    const [first, second] = await Promise.all([
      readPackets(source, rendition, main),
      beside && readPackets(source, beside.rendition, beside.name),
    ])
    if (first === undefined || (beside !== undefined && second === undefined)) return undefined
    if (isAudio(first))
      return sound === undefined ? writeTransportStream({ segment, audio: first }) : undefined
    if (second !== undefined && !isAudio(second)) return undefined
    return isVideo(first)
      ? writeTransportStream({ segment, video: first, audio: second ?? (sound && 'silent') })
      : undefined
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}

function segmentNumber(name: string): number | undefined {
  const digits = /\.(\d{1,15})\.m4s$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

async function readPackets(
  source: FileSource,
  rendition: string,
  name: string,
): Promise<ElementaryInput<Track> | undefined> {
  const file = source.file(rendition, name)
  if (file?.kind !== 'segment') return undefined
  const [init, media] = await Promise.all([
    source.read(rendition, { kind: 'init', name: file.init }),
    source.read(rendition, file),
  ])
  if (init === undefined || media === undefined) return undefined
  const reader = new FragmentedMp4Reader()
  reader.receive(init)
  reader.receive(media)
  const packets: Packet[] = []
  let track: Track | undefined
  for (const event of reader.events()) {
    if (event.type === 'track') track = event.track
    else packets.push(event.packet)
  }
  return track && { track, packets }
}

function isVideo(input: ElementaryInput<Track>): input is ElementaryInput<VideoTrack> {
  return input.track.kind === 'video'
}

function isAudio(input: ElementaryInput<Track>): input is ElementaryInput<AudioTrack> {
  return input.track.kind === 'audio'
}
