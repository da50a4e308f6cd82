/**
 * The drawing of the repository's layers, as data: who may import whom. docs/architecture.md shows the same drawing;
 * `npm run deps` holds the code to it.
 */

/** Where a workspace package stands. Imports go from a higher layer to a lower one. */
export type Layer = 'core' | 'formats' | 'decisions' | 'machinery' | 'apps' | 'testkit'

const HEIGHT: Readonly<Record<Exclude<Layer, 'testkit'>, number>> = {
  core: 0,
  formats: 1,
  decisions: 2,
  machinery: 3,
  apps: 4,
}

const PACKAGES: Readonly<Record<string, Layer>> = {
  core: 'core',
  media: 'formats',
  amf: 'formats',
  rtmp: 'formats',
  flv: 'formats',
  cmaf: 'formats',
  mpegts: 'formats',
  manifest: 'formats',
  ladder: 'decisions',
  broadcast: 'decisions',
  ffmpeg: 'machinery',
  cluster: 'machinery',
  store: 'machinery',
  runtime: 'machinery',
  metrics: 'machinery',
  testkit: 'testkit',
  ingest: 'apps',
  worker: 'apps',
  origin: 'apps',
  control: 'apps',
  web: 'apps',
  gateway: 'apps',
}

/** The arrows that stay within one layer, each with a reason in docs/architecture.md. */
const SIDEWAYS: Readonly<Record<string, readonly string[]>> = {
  rtmp: ['amf'],
  flv: ['amf', 'media'],
  cmaf: ['media'],
  mpegts: ['media'],
  manifest: ['media'],
  gateway: ['ingest', 'worker', 'origin', 'control'],
}

/**
 * What pure packages (layers 0 to 2) may take from Node: nothing that reads a clock, a socket, a file, the
 * environment or random bytes. RTMP's handshake needs keyed digests, which are functions of their input.
 */
export const PURE_NODE_NAMES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  rtmp: { 'node:crypto': ['createHmac', 'createHash', 'timingSafeEqual'] },
}

/** The only package that may import fluent-ffmpeg (docs/adr/0006-contain-fluent-ffmpeg.md). */
export const FLUENT_FFMPEG_OWNER = 'ffmpeg'

/** The layer of a workspace package by its name without scope, or undefined for one the drawing does not show. */
export function layerOf(name: string): Layer | undefined {
  return PACKAGES[name]
}

/** True for layers 0 to 2, which know no sockets, files, clocks, randomness or environment. */
export function isPure(name: string): boolean {
  const layer = layerOf(name)
  return layer !== undefined && layer !== 'testkit' && HEIGHT[layer] <= HEIGHT.decisions
}

/**
 * Why package `from` may not import package `to`, or undefined where it may.
 *
 * @param inTest - the import stands in a test file, where the testkit is allowed too.
 */
export function forbiddenArrow(from: string, to: string, inTest: boolean): string | undefined {
  const source = layerOf(from)
  const target = layerOf(to)
  if (source === undefined) return `${from} is in no layer (scripts/dependencies/layers.ts)`
  if (target === undefined) return `${to} is in no layer (scripts/dependencies/layers.ts)`
  if (from === to) return `${from} imports itself by name`
  if (target === 'testkit') return inTest ? undefined : 'testkit is for tests, bench/ and e2e/'
  if (source === 'testkit') return target === 'apps' ? 'testkit may import packages but no app' : undefined
  if (HEIGHT[source] > HEIGHT[target]) return undefined
  if (SIDEWAYS[from]?.includes(to) === true) return undefined
  return HEIGHT[source] === HEIGHT[target]
    ? `${source} packages do not import each other, and ${from} → ${to} is not a listed exception`
    : `${source} (${from}) is below ${target} (${to})`
}
