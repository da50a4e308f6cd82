import { resolve } from 'node:path'
import { DependencyError, errorMessage } from '@sluice/core'
import Value from 'typebox/value'
import { configFields, type SchemaField } from './fields.ts'
import { readConfigFile } from './file.ts'
import { nearest } from './nearest.ts'
import { type Config, configSchema } from './schema.ts'
import { readSecretFile } from './secret-file.ts'

/** Where {@link loadConfig} takes settings from; later ones win: file, environment, flags. */
export interface ConfigSources {
  /** Path of the file, which must exist. Unset: `SLUICE_CONFIG`, else `sluice.yaml` here if there is one. */
  readonly file?: string
  /** Usually `process.env`. An empty variable counts as unset, as Compose writes them. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** By flag name (`rtmp-port`) or as command-line parsers spell it (`rtmpPort`). */
  readonly flags?: Readonly<Record<string, string | number | undefined>>
  /** Told of `SLUICE_…` variables that are no setting: a misspelling, or a platform's own. */
  readonly warn?: (message: string) => void
}

interface Setting {
  /** As the user wrote it: `--rtmp-port`, `SLUICE_RTMP_PORT`, `sluice.yaml: rtmp.port`. */
  readonly name: string
  readonly value: unknown
  /** What was set: the setting that the value is for, or the one that names its file. */
  readonly field: SchemaField
}

const PREFIX = 'SLUICE_'
const FILE_VARIABLE = 'SLUICE_CONFIG'
const DEFAULT_FILE = 'sluice.yaml'
const LAST_PORT = 65_535

/**
 * All settings of this process, checked and frozen.
 *
 * @throws {DependencyError} `runtime.config.invalid`, one line per setting that cannot be: its name as the
 * user wrote it, its value, what is allowed. `runtime.config.unreadable`, `runtime.config.missing` for the file.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const problems: string[] = []
  const settings = new Map<SchemaField, Setting>()
  for (const given of [
    readFile(sources, problems),
    readEnvironment(sources.env ?? {}, sources.warn ?? (() => undefined)),
    readFlags(sources.flags ?? {}, problems),
  ])
    override(settings, given, problems)
  const config = assemble(settings, problems)
  if (problems.length === 0) problems.push(...contradictions(config))
  if (problems.length > 0) throw new DependencyError('runtime.config.invalid', problems.join('\n'))
  if (!Value.Check(configSchema, config))
    throw new DependencyError('runtime.config.invalid', 'the settings do not fit together')
  return freeze({ ...config, dataDir: resolve(config.dataDir) })
}

/** Puts what one source says over what those before it said. A secret and its file are one setting. */
function override(settings: Map<SchemaField, Setting>, given: readonly Setting[], problems: string[]): void {
  const here = new Map<SchemaField, Setting>()
  for (const setting of given) {
    const target = setting.field.fileOf ?? setting.field
    const other = here.get(target)
    if (other !== undefined) problems.push(`${other.name} and ${setting.name} are both set; set one of them`)
    here.set(target, setting)
    settings.set(target, setting)
  }
}

function readFile(sources: ConfigSources, problems: string[]): Setting[] {
  const asked = sources.file ?? (sources.env?.[FILE_VARIABLE] || undefined)
  const path = asked ?? DEFAULT_FILE
  const file = readConfigFile(path)
  if (file === undefined) {
    if (asked === undefined) return []
    throw new DependencyError('runtime.config.missing', `there is no configuration file ${path}`, {
      details: { path },
    })
  }
  problems.push(...file.problems)
  return [...file.values].map(([field, value]) => ({ name: `${path}: ${field.key}`, value, field }))
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Setting[] {
  const given: Setting[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || name === FILE_VARIABLE) continue
    const field = configFields.find((each) => each.env === name)
    if (field === undefined) {
      // Without the prefix: all names are alike with it.
      const like = nearest(
        name.slice(PREFIX.length),
        configFields.map((each) => each.env.slice(PREFIX.length)),
      )
      warn(`${name} is no setting${like === undefined ? '' : `; did you mean ${PREFIX}${like}?`}`)
    } else if (value !== undefined && value !== '') given.push({ name, value: fromText(field, value), field })
  }
  return given
}

function readFlags(
  flags: Readonly<Record<string, string | number | undefined>>,
  problems: string[],
): Setting[] {
  const given: Setting[] = []
  for (const [spelling, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const flag = spelling.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const field = configFields.find((each) => each.flag === flag)
    if (field === undefined) {
      const like = nearest(
        flag,
        configFields.map((each) => each.flag),
      )
      problems.push(`there is no flag --${flag}${like === undefined ? '' : `; did you mean --${like}?`}`)
    } else
      given.push({
        name: `--${flag}`,
        value: typeof value === 'string' ? fromText(field, value) : value,
        field,
      })
  }
  return given
}

/** Environment and flags are text; a number is read as one, anything else stays text for the check to name. */
function fromText(field: SchemaField, text: string): unknown {
  const numeric = 'type' in field.schema && field.schema.type === 'integer'
  return numeric && /^-?\d+$/.test(text.trim()) ? Number(text) : text
}

/** Puts settings and defaults into the shape of {@link Config}; values that are not allowed become problems. */
function assemble(settings: ReadonlyMap<SchemaField, Setting>, problems: string[]): Config {
  const config: Record<string, unknown> = {}
  for (const field of configFields) {
    if (field.fileOf !== undefined) continue
    const setting = settings.get(field)
    place(config, field.path, setting === undefined ? field.default : givenValue(setting, problems))
  }
  return config as unknown as Config
}

/** The value that a setting gives, of a secret's file the content; one that cannot be is undefined, and a problem. */
function givenValue(setting: Setting, problems: string[]): unknown {
  const { name, value, field } = setting
  if (!Value.Check(field.schema, value)) {
    const shown = field.secret ? 'its value (hidden)' : JSON.stringify(value)
    problems.push(`${name}: ${shown} is not allowed; allowed: ${field.allowed}`)
    return undefined
  }
  if (field.fileOf === undefined) return value
  const path = String(value)
  try {
    const secret = readSecretFile(path)
    if (Value.Check(field.fileOf.schema, secret)) return secret
    problems.push(`${name}: what ${path} holds (hidden) is not allowed; allowed: ${field.fileOf.allowed}`)
  } catch (error) {
    problems.push(`${name}: ${errorMessage(error)}`)
  }
  return undefined
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length > 0) {
    const section = (target[name] ?? {}) as Record<string, unknown>
    target[name] = section
    place(section, rest, value)
  } else if (value !== undefined) target[name] = value
}

/** Settings that are fine alone and wrong together. */
function contradictions(config: Config): string[] {
  const problems: string[] = []
  if (config.windowSeconds < 3 * config.segmentSeconds)
    problems.push(
      `windowSeconds: ${config.windowSeconds} is too short for segments of ${config.segmentSeconds} seconds; allowed: at least three segments, ${3 * config.segmentSeconds}`,
    )
  for (const [name, { cert, key }] of Object.entries({
    rtmps: config.rtmps,
    'origin.tls': config.origin.tls,
  }))
    if ((cert === undefined) !== (key === undefined))
      problems.push(
        `${name}.cert and ${name}.key belong together: set both, or none for a self-signed certificate`,
      )
  const { rtmp, rtmps, rtmpt, rtmpts, origin, control, feed, flv } = config
  const sections = Object.entries({
    rtmp,
    rtmps,
    rtmpt,
    rtmpts,
    origin,
    'origin.tls': origin.tls,
    control,
    feed,
    flv,
  })
  for (const [i, [name, { port }]] of sections.entries()) {
    const other = sections.slice(0, i).find(([, earlier]) => port !== 0 && earlier.port === port)
    if (other !== undefined)
      problems.push(`${other[0]}.port and ${name}.port are both ${port}; they must differ`)
  }
  problems.push(...feedPortFaults(config, sections))
  return problems
}

/** Each process of an ingest has a feed port of its own. */
function feedPortFaults(
  { feed, ingest }: Config,
  sections: readonly (readonly [string, { readonly port: number }])[],
): string[] {
  const last = feed.port + ingest.processes - 1
  if (feed.port === 0 || last === feed.port) return []
  const range = `feed.port: each of ${ingest.processes} ingest.processes has one, ${feed.port} to ${last}`
  const taken = sections.find(([, { port }]) => port > feed.port && port <= last)
  return [
    ...(last > LAST_PORT ? [`${range}; the last possible one is ${LAST_PORT}`] : []),
    ...(taken === undefined ? [] : [`${range}; ${taken[0]}.port is one of them`]),
  ]
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (child !== null && typeof child === 'object') freeze(child)
  return Object.freeze(value)
}
