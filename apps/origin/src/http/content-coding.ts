import { LRUCache } from 'lru-cache'

/** How the bytes of an answer may be coded. RFC 9110 §8.4.1 */
export type ContentCoding = 'br' | 'gzip' | 'identity'

/** The one that makes the least of a playlist first. */
const PREFERRED: readonly ContentCoding[] = ['br', 'gzip', 'identity']
/** An answer as it is need not be asked for, and is for those who take nothing else. */
const LAST_RESORT = Number.MIN_VALUE

/**
 * Chooses how to code an answer: as the client likes best, and where it likes several the same, as small as may be. One that
 * takes nothing at all is given the answer as it is.
 *
 * @see RFC 9110 §12.5.3
 */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined || acceptEncoding === '') return 'identity'
  const known = chosen.get(acceptEncoding)
  if (known !== undefined) return known
  const coding = choose(acceptEncoding)
  chosen.set(acceptEncoding, coding)
  return coding
}

/** Thousands of players say the same few things, and are answered at once. */
const chosen = new LRUCache<string, ContentCoding>({ max: 100 })

function choose(acceptEncoding: string): ContentCoding {
  const weights = new Map(acceptEncoding.split(',').map(weightOf))
  const weight = (coding: ContentCoding): number =>
    weights.get(coding) ??
    (coding === 'identity' ? LAST_RESORT : (weights.get(`x-${coding}`) ?? weights.get('*') ?? 0))
  return PREFERRED.reduce((best, coding) => (weight(coding) > weight(best) ? coding : best))
}

function weightOf(item: string): readonly [coding: string, weight: number] {
  const [coding = '', ...parameters] = item.split(';').map((text) => text.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = quality === undefined ? 1 : Number(quality.slice(2))
  return [coding, Number.isNaN(weight) ? 0 : weight]
}
