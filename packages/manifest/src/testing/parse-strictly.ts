import * as HLS from 'hls-parser'

HLS.setOptions({ strictMode: true })

/** Parses a playlist with a strict reader that is not ours; throws where it breaks a rule. */
export function parseStrictly(text: string): void {
  HLS.parse(text)
}
