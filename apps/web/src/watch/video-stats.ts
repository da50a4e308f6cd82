/** Buffered seconds ahead of the shown frame, from the range that holds it. */
export function bufferAhead(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video
  for (let range = 0; range < buffered.length; range++) {
    // A gap of a tenth of a second is played over.
    if (buffered.start(range) - 0.1 <= currentTime && currentTime <= buffered.end(range)) {
      return buffered.end(range) - currentTime
    }
  }
  return 0
}

/** Frames decoded and frames that came too late to be shown, since the source was set. */
export function frameCounts(video: HTMLVideoElement): { droppedFrames: number; totalFrames: number } {
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality()
  return { droppedFrames: droppedVideoFrames, totalFrames: totalVideoFrames }
}
