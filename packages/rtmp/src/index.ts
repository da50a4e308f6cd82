/**
 * RTMP as pure machines: bytes in, typed events and bytes out. Covers the server's side of a publisher's or a player's
 * connection: handshake (simple, digest, and with keys for RTMPE), chunk stream, messages, commands. Leaves out sockets,
 * clocks and policy (the caller's), what is inside audio and video messages (`flv`), and TLS.
 *
 * - `handshake/` C0 C1 C2 <-> S0 S1 S2, digests
 * - `encryption/` RTMPE: key exchange and cipher
 * - `chunk/` chunks <-> raw messages, limits
 * - `message/` raw messages <-> typed messages, one file a type
 * - `login/` users and passwords in `connect`, after Adobe and Limelight
 * - `session/` the server's session: state, commands, events; media for players, serialised once for all
 * - `tunnel/` RTMPT: the bytes of many sessions in HTTP requests and answers
 *
 * The chunk and message layers are exported so that tests and benchmarks can build a publisher.
 */
export { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from './chunk/chunk-limits.ts'
export { ChunkReader } from './chunk/chunk-reader.ts'
export { writeChunks } from './chunk/chunk-writer.ts'
export { DEFAULT_CHUNK_SIZE, type RawMessage } from './chunk/raw-message.ts'
export type { RandomBytes } from './handshake/server-handshake.ts'
export {
  CHALLENGE_RANDOM_SIZE,
  type ChallengeFault,
  type ChallengeHolder,
  checkChallenge,
  sealChallenge,
} from './login/challenge-seal.ts'
export {
  type LoginChallenge,
  renderLoginChallenge,
  renderLoginFailure,
  renderLoginRequest,
} from './login/login-answer.ts'
export {
  type AdobeProof,
  type LlnwProof,
  LOGIN_PARAMETERS,
  type LoginClaim,
  type LoginMethod,
  type NoClaim,
  readLoginClaim,
  type UserClaim,
} from './login/login-claim.ts'
export {
  isLoginUser,
  LOGIN_SALT_SIZE,
  LOGIN_USER_PATTERN,
  LONGEST_LOGIN_PASSWORD,
  LONGEST_LOGIN_USER,
  type LoginSecrets,
  loginSecrets,
  provesLogin,
} from './login/login-secrets.ts'
export type { Abort } from './message/abort.ts'
export type { Acknowledgement } from './message/acknowledgement.ts'
export type { Command } from './message/command.ts'
export type { Data } from './message/data.ts'
export {
  type Aggregate,
  type Media,
  type Message,
  type MessageBody,
  readMessage,
  type Unknown,
  writeMessage,
} from './message/message.ts'
export { MessageType } from './message/message-type.ts'
export type { SetChunkSize } from './message/set-chunk-size.ts'
export type { PeerBandwidthLimit, SetPeerBandwidth } from './message/set-peer-bandwidth.ts'
export type { UserControl, UserControlEvent } from './message/user-control.ts'
export type { WindowAcknowledgementSize } from './message/window-acknowledgement-size.ts'
export type { ClientInfo } from './session/client-info.ts'
export {
  CapsEx,
  DEFAULT_ENHANCED_CAPABILITIES,
  type EnhancedCapabilities,
  FourCcInfo,
  VideoFunction,
} from './session/enhanced-capabilities.ts'
export type {
  ClosedEvent,
  ConnectEvent,
  ConnectRequestedEvent,
  DataEvent,
  IgnoredEvent,
  MediaEvent,
  MetadataEvent,
  PauseEvent,
  PlayFinishedEvent,
  PlayRequestedEvent,
  PublishFinishedEvent,
  PublishRequestedEvent,
  ReceiveEvent,
  ServerSessionEvent,
} from './session/events.ts'
export { DEFAULT_RTMP_LIMITS, type RtmpLimits } from './session/limits.ts'
export type { ServerSessionState } from './session/net-connection.ts'
export { PLAYER_CHUNK_SIZE, PlayerMessages } from './session/player-messages.ts'
export { ServerSession, type ServerSessionOptions } from './session/server-session.ts'
export {
  Tunnel,
  type TunnelEvent,
  type TunnelOptions,
  type TunnelRequest,
} from './tunnel/tunnel.ts'
export { DEFAULT_TUNNEL_LIMITS, type TunnelLimits } from './tunnel/tunnel-limits.ts'
