/**
 * The ingest: takes RTMP from publishers, decides who may publish, keeps each stream's clock and ring, and
 * feeds workers and players.
 *
 * - `start.ts` the role; `cluster-ports.ts` what it needs of Redis
 * - `publisher-listeners.ts` all transports that are on: `rtmp-listener.ts`, `rtmps-listener.ts` (TLS),
 *   `rtmpt-listener.ts` (HTTP and HTTPS); `socket-listener.ts` what they share
 * - `rtmp-connection.ts` one publisher's or player's session, over a `link.ts`: `socket-link.ts` or `tunnel-link.ts`
 * - `tunnel-server.ts` HTTP requests to tunnelled sessions
 * - `rtmps-certificate.ts` what TLS is called here
 * - `shared-buffer.ts` cheap reads; `wrong-protocol.ts` clients at the wrong port
 * - `login-gate.ts` users and passwords; `publish-credentials.ts`, `publish-webhook.ts` who may publish what; `address-limits.ts`, `address-gate.ts` how much one
 *   address may do
 * - `hub.ts` admission and all streams on air; `on-air.ts` one stream's publisher, broadcast and job
 * - `live-stream.ts` messages to clock and ring; `track-source.ts` what a publisher's tracks are
 * - `playback/` ring to players: `stream-playback.ts` all who watch a stream, `player.ts` one of them,
 *   `shared-messages.ts` what they share, in a `message-form.ts`; `flv-listener.ts` players by HTTP
 * - `relay/` streams of other ingests: `other-ingests.ts` publishers that are passed on (`relayed-publication.ts`) and players' replicas
 *   (`replica.ts`), `relay-server.ts` the other side of both, `relay-format.ts` what crosses; `publication.ts` where messages go
 * - `feeds.ts` ring to workers in this process; `feed-server.ts` the same over HTTP for those in others
 */
export { type IngestOptions, type IngestRole, start } from './start.ts'
