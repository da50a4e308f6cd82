/**
 * From what a source is, and what the operator wants, to what is encoded. Pure: profiles are data, a plan is
 * a value, nothing here knows the encoder that will run it.
 *
 * Leaves out: when a plan is made and to which worker it goes; the encoder's arguments (`@sluice/ffmpeg`).
 *
 * - `profile.ts`, `built-in-profiles.ts` what operators ask for: schema, check, the three that always exist
 * - `plan-ladder.ts`, `ladder-plan.ts` the decision and its result
 * - `geometry.ts`, `frame-rate.ts` sizes from the display aspect; caps that keep motion even
 * - `h264.ts` profile, level and codec string as x264 writes them
 * - `rung-cost.ts` what a rung costs a worker
 */
export { BUILT_IN_PROFILES } from './built-in-profiles.ts'
export { cappedFrameRate, minimumFrameSpacing } from './frame-rate.ts'
export type { H264Profile } from './h264.ts'
export { type AudioRung, encodedIds, type LadderPlan, needsEncoder, type VideoRung } from './ladder-plan.ts'
export { type LadderSource, planLadder } from './plan-ladder.ts'
export {
  type AudioTemplate,
  AudioTemplateSchema,
  PRESETS,
  type Preset,
  type Profile,
  ProfileSchema,
  type RungTemplate,
  RungTemplateSchema,
  readProfile,
} from './profile.ts'
export { type EncoderLoad, rungCost } from './rung-cost.ts'
