import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
/** Recordings that are part of the repository. */
const FIXTURES = { rtmp: join(ROOT, 'packages/rtmp/fixtures'), flv: join(ROOT, 'packages/flv/fixtures') }
/** More of them, which lie beside the repository where it is developed; what is made from them alone is missing elsewhere. */
const CAPTURES = join(ROOT, '../shared/captures')

/** Bytes of a real program. */
export interface Recording {
  /** Of its file, without extension. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** What is there, in a line. */
export function describeCaptures(): string {
  const clients = recordedClients().length
  return existsSync(CAPTURES)
    ? `${clients} recorded clients`
    : `${clients} recorded clients (there would be more in ${CAPTURES})`
}

/** Everything that clients sent, from the first byte of their connections. Each name once. */
export function recordedClients(): Recording[] {
  const folders = [FIXTURES.rtmp, CAPTURES, join(CAPTURES, 'public')]
  const byName = new Map(
    folders.flatMap((folder) => readAll(folder, '.c2s')).map((recording) => [recording.name, recording]),
  )
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Media and metadata messages of real encoders as FLV. */
export function recordedFlv(): Recording[] {
  return readAll(FIXTURES.flv, '.flv')
}

/** Single AMF values: `amf0-…`, `amf3-…`. */
export function recordedAmf(version: 'amf0' | 'amf3'): Uint8Array[] {
  return readAll(join(CAPTURES, 'amf'), '.bin')
    .filter(({ name }) => name.startsWith(version))
    .map(({ bytes }) => bytes)
}

function readAll(folder: string, extension: string): Recording[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .toSorted()
    .map((file) => ({ name: basename(file, extension), bytes: readFileSync(join(folder, file)) }))
}
