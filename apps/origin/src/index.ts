/**
 * The origin: follows the timelines of the streams that are asked for, renders their playlists and
 * manifests, and serves their media from memory. Leaves out how media comes to be: it reads the timeline log
 * and the store, and writes nothing.
 *
 * - `start.ts` the role
 * - `live/stream-directory.ts`, `live/live-broadcast.ts` what is followed; `live/timeline-source.ts` its port
 * - `live/media-cache.ts`, `live/render-cache.ts` everything read or rendered once
 * - `live/wait-list.ts` requests that wait for media
 * - `http/` routes, headers, ranges, problems; `http/hot-playlists.ts` what is answered before them
 */
export { DEFAULT_LIMITS, type OriginLimits } from './limits.ts'
export { type OriginOptions, type OriginRole, start } from './start.ts'
