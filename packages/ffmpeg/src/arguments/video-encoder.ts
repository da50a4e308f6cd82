/**
 * What encodes the pictures of a ladder:
 *
 * - `software`: libx264, on the processor
 * - `nvenc`: an NVIDIA GPU
 * - `vaapi`: an Intel or AMD GPU, by its render device
 *
 * Decoding, scaling and sound are the processor's work with each of them.
 */
export type VideoEncoder =
  | { readonly kind: 'software' | 'nvenc' }
  | {
      readonly kind: 'vaapi'
      /** Path, such as `/dev/dri/renderD128`; without comma and colon, which end it for ffmpeg. */
      readonly device: string
    }

/** What encodes where nothing else is said. */
export const SOFTWARE_ENCODER: VideoEncoder = { kind: 'software' }

const NAMES: { readonly [kind in VideoEncoder['kind']]: string } = {
  software: 'libx264',
  nvenc: 'h264_nvenc',
  vaapi: 'h264_vaapi',
}

/** What ffmpeg calls the encoder. */
export function encoderName({ kind }: VideoEncoder): string {
  return NAMES[kind]
}

/** Options of the whole process that open the encoder's device, and give it to the filters. */
export function deviceArguments(encoder: VideoEncoder): string[] {
  if (encoder.kind !== 'vaapi') return []
  return ['-init_hw_device', `vaapi=gpu:${encoder.device}`, '-filter_hw_device', 'gpu']
}

/** The filters that bring a scaled frame to where the encoder takes it from: 8-bit 4:2:0 in memory, or in that of the GPU. */
export function deliveryFilters({ kind }: VideoEncoder): string {
  return kind === 'vaapi' ? 'format=nv12,hwupload' : 'format=yuv420p'
}
