/**
 * What tests share: real clients as child processes that never outlive the test, waiting on conditions,
 * free ports. Used by tests, `e2e/` and `bench/` only.
 *
 * - `child.ts` programs and their output
 * - `publishers.ts` ffmpeg and GStreamer as RTMP publishers of a recognisable picture
 * - `rtmp-client.ts` an RTMP client that sends whatever a test wants; `media.ts` media for it
 * - `redis.ts` a Redis that can be killed and comes back with its data
 * - `wait-for.ts`, `ports.ts`
 */
export { type Child, type ChildExit, runChild, startChild } from './child.ts'
export { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from './media.ts'
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
