import * as HLS from 'hls-parser'

HLS.setOptions({ strictMode: true })

/**
 * Parses a playlist with a strict reader that is not ours; throws where it breaks a rule. The reader also
 * wants a preload hint after parts, which servers need not send, so it is shown one.
 */
export function parseStrictly(text: string): void {
  const live = text.includes('#EXT-X-PART:') && !text.includes('#EXT-X-ENDLIST')
  HLS.parse(live ? `${text}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="next.m4s"\n` : text)
}
