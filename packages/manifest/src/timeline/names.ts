import { ProtocolError } from '@sluice/core'

const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/
const MEDIA_EXTENSION = '.m4s'

/**
 * File name of a segment: `b1.2.42.m4s` is segment 42 of broadcast `b1`, made by the worker of epoch 2.
 * A name holds one thing for ever: a worker that takes over has a higher epoch and so other names.
 */
export function segmentFileName(broadcast: string, epoch: number, segment: number): string {
  return `${broadcast}.${epoch}.${segment}${MEDIA_EXTENSION}`
}

/** File name of an init segment: `b1.2.init0.mp4` is version 0, made by the worker of epoch 2. */
export function initFileName(broadcast: string, epoch: number, version: number): string {
  return `${broadcast}.${epoch}.init${version}.mp4`
}

/** Name of one part of a segment's file: part 3 of `b1.2.42.m4s` is `b1.2.42.p3.m4s`. */
export function partFileName(segmentName: string, part: number): string {
  return `${segmentName.slice(0, -MEDIA_EXTENSION.length)}.p${part}${MEDIA_EXTENSION}`
}

/**
 * The name of a segment with its number taken out, as a DASH `SegmentTemplate@media`:
 * `b1.2.42.m4s` → `b1.2.$Number$.m4s`. Segments of one worker share it.
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
