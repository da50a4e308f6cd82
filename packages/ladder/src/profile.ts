import { DependencyError } from '@sluice/core'
import Type from 'typebox'
import { Check, Errors } from 'typebox/value'

const closed = { additionalProperties: false }

/** x264 presets a rung may use, fastest first. Slower ones do not pay in a live ladder. */
export const PRESETS: readonly ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'] = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
]
export type Preset = (typeof PRESETS)[number]

/** One video output a profile asks for. */
export const RungTemplateSchema: Type.TObject<{
  /** Becomes the rendition's id: part of URLs and file names. `source`, `source-1` and the like, and `audio…` are taken. */
  name: Type.TString
  /** Lines of the picture's shorter side, even: `720` is 1280x720, or 720x1280 for a portrait source. */
  height: Type.TInteger
  /** Frames per second. A faster source loses every second (third, …) frame; a slower one keeps all. */
  maxFrameRate: Type.TNumber
  codec: Type.TLiteral<'h264'>
  /** Average bits per second. */
  bitrate: Type.TInteger
  /** Speed against compression, in x264's words. */
  preset: Type.TUnsafe<Preset>
}> = Type.Object(
  {
    name: Type.String({ pattern: '^(?!source(-\\d+)?$|audio)[a-z0-9][a-z0-9-]{0,31}$' }),
    height: Type.Integer({ minimum: 144, maximum: 4320, multipleOf: 2 }),
    maxFrameRate: Type.Number({ minimum: 10, maximum: 120 }),
    codec: Type.Literal('h264'),
    bitrate: Type.Integer({ minimum: 100_000, maximum: 100_000_000 }),
    preset: Type.Unsafe<Preset>(Type.Union(PRESETS.map((preset) => Type.Literal(preset)))),
  },
  closed,
)
export type RungTemplate = Type.Static<typeof RungTemplateSchema>

/** The encoded audio a profile asks for. */
export const AudioTemplateSchema: Type.TObject<{
  codec: Type.TLiteral<'aac'>
  /** Bits per second, all channels together. */
  bitrate: Type.TInteger
  /** Sources with more channels are mixed down. */
  maxChannels: Type.TInteger
}> = Type.Object(
  {
    codec: Type.Literal('aac'),
    bitrate: Type.Integer({ minimum: 16_000, maximum: 512_000 }),
    maxChannels: Type.Integer({ minimum: 1, maximum: 2 }),
  },
  closed,
)
export type AudioTemplate = Type.Static<typeof AudioTemplateSchema>

/**
 * What to make of a source; plain data that operators edit and the API stores.
 *
 * - `ladder`: the source itself where browsers can play it, and its `rungs`.
 * - `source`: the source itself, nothing encoded. `rungs` is empty.
 * - `none`: nothing for viewers (relay or recording only). `rungs` is empty.
 */
export const ProfileSchema: Type.TObject<{
  name: Type.TString
  kind: Type.TUnion<[Type.TLiteral<'ladder'>, Type.TLiteral<'source'>, Type.TLiteral<'none'>]>
  rungs: Type.TArray<typeof RungTemplateSchema>
  audio: typeof AudioTemplateSchema
}> = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    kind: Type.Union([Type.Literal('ladder'), Type.Literal('source'), Type.Literal('none')]),
    rungs: Type.Array(RungTemplateSchema, { maxItems: 8 }),
    audio: AudioTemplateSchema,
  },
  closed,
)
export type Profile = Type.Static<typeof ProfileSchema>

/**
 * Checks data that claims to be a profile: the schema, and what a schema cannot say (names and heights are
 * unique, `rungs` belongs to kind `ladder`). The result is a copy with its rungs from the highest down.
 *
 * @throws {DependencyError} `ladder.profile.invalid`, naming the field.
 */
export function readProfile(value: unknown): Profile {
  if (!Check(ProfileSchema, value)) {
    const [first] = Errors(ProfileSchema, value)
    throw invalid(`${first?.instancePath || '/'} ${first?.message ?? 'does not match the schema'}`)
  }
  const { rungs } = value
  if (value.kind === 'ladder' && rungs.length === 0) throw invalid('/rungs a ladder needs at least one rung')
  if (value.kind !== 'ladder' && rungs.length > 0)
    throw invalid(`/rungs a profile of kind "${value.kind}" has no rungs, this one lists ${rungs.length}`)
  for (const field of ['name', 'height'] as const) {
    const twice = rungs.find(
      (rung, index) => rungs.findIndex((other) => other[field] === rung[field]) < index,
    )
    if (twice) throw invalid(`/rungs two rungs have the ${field} ${twice[field]}`)
  }
  return { ...value, rungs: rungs.toSorted((a, b) => b.height - a.height) }
}

function invalid(what: string): DependencyError {
  return new DependencyError('ladder.profile.invalid', `the profile is not valid: ${what}`)
}
