import { StateError } from '@sluice/core'
import Type, { type TSchema } from 'typebox'
import { configSchema } from './schema.ts'

/** One setting and its names: `rtmp.port` in the file, `SLUICE_RTMP_PORT`, `--rtmp-port`. */
export interface ConfigField {
  /** Dotted path in `sluice.yaml`. */
  readonly key: string
  readonly env: string
  /** Without the leading dashes. */
  readonly flag: string
  readonly description: string
  /** Undefined where the setting is optional. */
  readonly default: string | number | undefined
  /** What a value may be, in words. */
  readonly allowed: string
  /** The value must not be printed. */
  readonly secret: boolean
}

/** A field beside the schema of its value. */
export interface SchemaField extends ConfigField {
  /** Where the value is in the configuration: of a secret's file, where the secret is. */
  readonly path: readonly string[]
  readonly schema: TSchema
  /** For a setting that names the file of a secret: the secret itself. Undefined for every other setting. */
  readonly fileOf: SchemaField | undefined
}

/** The parts of a leaf's JSON Schema that this package reads. */
interface Leaf {
  readonly type?: string
  readonly description?: string
  readonly default?: string | number
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly { readonly const?: string }[]
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly allowed?: string
  readonly secret?: boolean
}

/** Every setting, in the order of the schema; after each secret the one that names its file. */
export const configFields: readonly SchemaField[] = [...collect(configSchema, [])]

/** Every setting with its names, default and meaning: for `--help` and the guide. */
export function describeConfig(): ConfigField[] {
  return configFields.map(({ key, env, flag, description, default: value, allowed, secret }) => ({
    key,
    env,
    flag,
    description,
    default: value,
    allowed,
    secret,
  }))
}

function* collect(schema: TSchema, path: readonly string[]): Generator<SchemaField> {
  const leaf = schema as Leaf
  if (leaf.properties !== undefined) {
    for (const [name, child] of Object.entries(leaf.properties)) yield* collect(child, [...path, name])
    return
  }
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/)).map((word) => word.toLowerCase())
  const field: SchemaField = {
    path,
    schema,
    key: path.join('.'),
    env: `SLUICE_${words.join('_').toUpperCase()}`,
    flag: words.join('-'),
    description: leaf.description ?? '',
    default: leaf.default,
    allowed: allowedText(leaf, path),
    secret: leaf.secret === true,
    fileOf: undefined,
  }
  yield field
  if (field.secret) yield fileOf(field)
}

/** The setting that names a file for a secret: what stands in the environment or on a command line is seen by others. */
function fileOf(secret: SchemaField): SchemaField {
  return {
    path: secret.path,
    schema: Type.String({ minLength: 1 }),
    key: `${secret.key}File`,
    env: `${secret.env}_FILE`,
    flag: `${secret.flag}-file`,
    description: `file that holds ${secret.key}, instead of the value itself`,
    default: undefined,
    allowed: 'the path of a file that this user may read',
    secret: false,
    fileOf: secret,
  }
}

function allowedText(leaf: Leaf, path: readonly string[]): string {
  if (leaf.allowed !== undefined) return leaf.allowed
  if (leaf.anyOf !== undefined) return leaf.anyOf.map((each) => each.const).join(', ')
  if (leaf.type === 'integer') return `a whole number from ${leaf.minimum} to ${leaf.maximum}`
  if (leaf.type === 'string') return 'a text that is not empty'
  throw new StateError(
    'runtime.config.schema',
    `the schema of ${path.join('.')} does not say what is allowed`,
  )
}
