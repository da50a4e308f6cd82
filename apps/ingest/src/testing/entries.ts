import { RingReader, type RingStart, type StreamEntry } from '@sluice/broadcast'
import type { LiveStream } from '../live-stream.ts'

/** All that a feed would give now that begins there, by default at the stream's first boundary; nothing is held for it. */
export function entriesOf(
  { ring }: LiveStream,
  start: RingStart | undefined = ring.startAt(0),
): StreamEntry[] {
  if (start === undefined) return []
  const reader = new RingReader(ring, start, false)
  const entries: StreamEntry[] = []
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(entry)
  return entries
}
