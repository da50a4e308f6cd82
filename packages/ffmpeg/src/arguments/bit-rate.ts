import { cappedFrameRate, type VideoRung } from '@sluice/ladder'
import type { Picture } from './threads.ts'
import type { VideoEncoder } from './video-encoder.ts'

/**
 * Options for a rung's bit rate.
 *
 * x264 goes by timestamps. The encoder of a GPU counts frames, and ffmpeg tells it the source's frame rate: a filter graph has no
 * means to say how many frames it leaves out. So a rung with half the frames asks for twice the bits, and comes out right. Where
 * the source's headers have no frame rate nothing is added: such a rung stays below its bit rate.
 */
export function bitRateArguments(
  rung: VideoRung,
  encoder: VideoEncoder,
  picture: Picture | undefined,
): string[] {
  const share = encoder.kind === 'software' ? 1 : framesForOne(rung, picture?.frameRate)
  const bits = (amount: number): string => `${Math.round(amount * share)}`
  return ['-b:v', bits(rung.bitrate), '-maxrate', bits(rung.maxrate), '-bufsize', bits(rung.bufsize)]
}

/** Frames of the source for each that the rung keeps. */
function framesForOne({ maxFrameRate }: VideoRung, frameRate: number | undefined): number {
  if (maxFrameRate === undefined || frameRate === undefined) return 1
  return frameRate / cappedFrameRate(frameRate, maxFrameRate)
}
