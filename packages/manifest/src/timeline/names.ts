import { ProtocolError } from '@sluice/core'

const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/
const MEDIA_EXTENSION = '.m4s'
const INIT_ENDING = /\.init(\d+)\.mp4$/

/**
 * File name of a segment: `b1.2.0.42.m4s` is segment 42 of broadcast `b1`, made by the worker of epoch 2, and decoded with
 * version 0 of the init segment. A name holds one thing for ever: a worker that takes over has a higher epoch and so other names.
 * Players ask for segments before they are listed, with the init segment they have: where that is replaced, such a name is
 * nobody's.
 */
export function segmentFileName(broadcast: string, epoch: number, init: number, segment: number): string {
  return `${broadcast}.${epoch}.${init}.${segment}${MEDIA_EXTENSION}`
}

/** File name of an init segment: `b1.2.init0.mp4` is version 0, made by the worker of epoch 2. */
export function initFileName(broadcast: string, epoch: number, version: number): string {
  return `${broadcast}.${epoch}.init${version}.mp4`
}

/**
 * The template, as {@link segmentTemplate} gives it, of the segments that an init segment is followed by:
 * `b1.2.init0.mp4` → `b1.2.0.$Number$.m4s`.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_name` when the name does not end in `.initNUMBER.mp4`.
 */
export function templateAfterInit(name: string): string {
  const { worker, version } = readInitName(name)
  return `${worker}.${version}.$Number$${MEDIA_EXTENSION}`
}

/**
 * True for the names of two init segments that one worker made: `b1.2.init0.mp4` and `b1.2.init1.mp4`.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_name` when one of them does not end in `.initNUMBER.mp4`.
 */
export function isOfSameWorker(name: string, other: string): boolean {
  return readInitName(name).worker === readInitName(other).worker
}

function readInitName(name: string): { readonly worker: string; readonly version: string } {
  const [ending, version] = INIT_ENDING.exec(name) ?? []
  if (ending === undefined || version === undefined)
    throw new ProtocolError('manifest.timeline.bad_name', `"${name}" does not end in ".initNUMBER.mp4"`)
  return { worker: name.slice(0, -ending.length), version }
}

/** What a transport stream segment is made of. */
export interface TransportSegmentParts {
  /** File name of the segment whose picture, or only sound, it has. */
  readonly main: string
  /** The sound beside it: `silent` where there should be one and is none; undefined for a rendition without any. */
  readonly sound: { readonly rendition: string; readonly name: string } | 'silent' | undefined
}

const TRANSPORT_EXTENSION = '.ts'
/** Stands in no name of ours. */
const BETWEEN_PARTS = '~'

/**
 * Name of a transport stream segment, which tells what it is made of: `b1.2.0.42~audio-source~b1.1.0.42.ts` of the
 * picture `b1.2.0.42.m4s` and the sound `b1.1.0.42.m4s` of rendition `audio-source`; `b1.2.0.42~.ts` where that sound is missing;
 * `b1.2.0.42.ts` of one track.
 */
export function transportSegmentName({ main, sound }: TransportSegmentParts): string {
  const base = (name: string): string => name.slice(0, -MEDIA_EXTENSION.length)
  const parts = [
    base(main),
    ...(sound === undefined ? [] : sound === 'silent' ? [''] : [sound.rendition, base(sound.name)]),
  ]
  return `${parts.join(BETWEEN_PARTS)}${TRANSPORT_EXTENSION}`
}

/** The inverse of {@link transportSegmentName}; undefined for what is no such name. */
export function parseTransportSegmentName(name: string): TransportSegmentParts | undefined {
  if (!name.endsWith(TRANSPORT_EXTENSION)) return undefined
  const parts = name.slice(0, -TRANSPORT_EXTENSION.length).split(BETWEEN_PARTS)
  const [first = '', rendition, sound] = parts
  const main = `${first}${MEDIA_EXTENSION}`
  if (parts.length === 1) return { main, sound: undefined }
  if (parts.length === 2) return rendition === '' ? { main, sound: 'silent' } : undefined
  if (parts.length > 3 || rendition === undefined || sound === undefined) return undefined
  return { main, sound: { rendition, name: `${sound}${MEDIA_EXTENSION}` } }
}

/** Name of one part of a segment's file: part 3 of `b1.2.0.42.m4s` is `b1.2.0.42.p3.m4s`. */
export function partFileName(segmentName: string, part: number): string {
  return `${segmentName.slice(0, -MEDIA_EXTENSION.length)}.p${part}${MEDIA_EXTENSION}`
}

/**
 * The name of a segment with its number taken out, as a DASH `SegmentTemplate@media`:
 * `b1.2.0.42.m4s` → `b1.2.0.$Number$.m4s`. Segments of one worker and one init segment share it.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_name` when the name does not end in `.NUMBER.m4s`.
 * @see ISO/IEC 23009-1 §5.3.9.4.4
 */
export function segmentTemplate(name: string, segment: number): string {
  const ending = `.${segment}${MEDIA_EXTENSION}`
  if (!name.endsWith(ending))
    throw new ProtocolError('manifest.timeline.bad_name', `"${name}" does not end in "${ending}"`)
  return `${name.slice(0, -ending.length)}.$Number$${MEDIA_EXTENSION}`
}

/** The inverse of {@link segmentTemplate}. */
export function nameFromTemplate(template: string, segment: number): string {
  return template.replace('$Number$', String(segment))
}

/**
 * Checks that a rendition id or file name can stand in a path and in a URL as it is.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_name`
 */
export function checkName(name: string): void {
  if (!SAFE_NAME.test(name))
    throw new ProtocolError('manifest.timeline.bad_name', `"${name}" is no file-system and URL safe name`)
}
