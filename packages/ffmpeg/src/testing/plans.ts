import { type AudioRung, cappedFrameRate, type LadderPlan, type VideoRung } from '@sluice/ladder'

/** A plan of these rungs and this audio alone. */
export function planOf(rungs: readonly VideoRung[], audio?: AudioRung): LadderPlan {
  const cost = rungs.reduce((sum, each) => sum + each.cost, 0)
  return { passthrough: { video: true, audio: true }, rungs, audio, cost, notes: [] }
}

/** A small and quick rung. `maxFrameRate` caps a source of `frameRate`. */
export function rung(width: number, height: number, more: Partial<VideoRung> = {}): VideoRung {
  return {
    id: `${height}p`,
    width,
    height,
    frameRate: 30,
    maxFrameRate: undefined,
    codec: 'h264',
    profile: 'high',
    level: 31,
    codecString: 'avc1.64001f',
    bitrate: 400_000,
    maxrate: 428_000,
    bufsize: 600_000,
    preset: 'superfast',
    cost: 1,
    ...more,
  }
}

/** The same rung under a frame rate cap. */
export function capped(source: VideoRung, frameRate: number, maxFrameRate: number): VideoRung {
  return { ...source, frameRate: cappedFrameRate(frameRate, maxFrameRate), maxFrameRate }
}

/** 48 kHz stereo, unless said otherwise. */
export function audioRung(more: Partial<AudioRung> = {}): AudioRung {
  return {
    id: 'audio-128k',
    codec: 'aac',
    codecString: 'mp4a.40.2',
    bitrate: 128_000,
    sampleRate: 48_000,
    channels: 2,
    ...more,
  }
}
