/**
 * The worker: takes broadcasts from the job queue, reads their feeds, packages the source as it is and the
 * ladder through ffmpeg, and writes segments to the store and events to the timeline.
 *
 * - `start.ts` the role: connections, the queue, what this machine's ffmpeg can do
 * - `stream-job.ts` one broadcast, from feed to end
 * - `pipeline.ts` runs of constant tracks: `source-run.ts` without, `ladder-run.ts` with an encoder
 * - `rendition-output.ts`, `timeline-appender.ts` store first, timeline after
 * - `decoder-input.ts` the source in a container that the decoder reads; `recovery-marker.ts` boundaries that are no
 *   keyframes, marked for the encoder
 */
export { start, type WorkerOptions, type WorkerRole } from './start.ts'
