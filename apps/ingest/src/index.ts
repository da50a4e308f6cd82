/**
 * The ingest: takes RTMP from publishers, decides who may publish, keeps each stream's clock and ring, and
 * feeds workers.
 *
 * - `start.ts` the role; `cluster-ports.ts` what it needs of Redis
 * - `rtmp-listener.ts`, `rtmp-connection.ts` sockets and sessions; `shared-buffer.ts` cheap reads; `wrong-protocol.ts`
 *   HTTP and TLS clients
 * - `hub.ts` admission and all streams on air; `on-air.ts` one stream's publisher, broadcast and job
 * - `live-stream.ts` messages to clock and ring
 * - `feeds.ts` ring to workers in this process; `feed-server.ts` the same over HTTP for those in others
 */
export { type IngestOptions, type IngestRole, start } from './start.ts'
