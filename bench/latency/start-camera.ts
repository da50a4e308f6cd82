import { type LineProcess, startLineProcess } from '../load/line-process.ts'
import type { CameraCount } from './camera-count.ts'

/** Size and rate of a camera's picture. */
export const CAMERA: {
  readonly width: number
  readonly height: number
  readonly frameRate: number
} = { width: 854, height: 480, frameRate: 30 }

/** Starts a camera that publishes; see `camera.ts`. */
export function startCamera(gopSeconds: number, url: string): Promise<LineProcess<CameraCount>> {
  return startLineProcess('../latency/camera.ts', [String(gopSeconds), url], 'a camera')
}
