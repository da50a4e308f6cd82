/**
 * What tests share: real clients as child processes that never outlive the test, waiting on conditions,
 * free ports. Used by tests, `e2e/` and `bench/` only.
 *
 * - `child.ts` programs and their output; `client-version.ts` what they are; `certificate.ts` certificates
 * - `publishers.ts` ffmpeg and GStreamer as RTMP publishers of a recognisable picture
 * - `rtmp-client.ts` an RTMP client that sends whatever a test wants; `media.ts` media for it
 * - `redis.ts` a Redis that can be killed and comes back with its data
 * - `hls/` the rules of RFC 8216bis for media playlists, each by itself and from one version to the next
 * - `wait-for.ts`, `ports.ts`
 */
export { makeCertificate } from './certificate.ts'
export { type Child, type ChildExit, runChild, startChild } from './child.ts'
export { type ClientName, clientVersion } from './client-version.ts'
export { applyDelta } from './hls/delta.ts'
export { HlsValidator, type ListPosition } from './hls/hls-validator.ts'
export { type MediaList, readMediaList } from './hls/media-list.ts'
export {
  AAC_CONFIGURATION,
  AAC_RECORD,
  AVC_CONFIGURATION,
  AVC_RECORD,
  aacFrame,
  avcFrame,
} from './media.ts'
export { freePort } from './ports.ts'
export {
  type PublishOptions,
  publishWithFfmpeg,
  publishWithGstreamer,
  recordTestCard,
  TEST_CARD,
  testCardArguments,
} from './publishers.ts'
export { startTestRedis, type TestRedis } from './redis.ts'
export {
  type ClientStatus,
  clientCommand,
  clientConnect,
  clientHandshake,
  clientMessage,
  RtmpTestClient,
} from './rtmp-client.ts'
export { type WaitOptions, waitFor } from './wait-for.ts'
