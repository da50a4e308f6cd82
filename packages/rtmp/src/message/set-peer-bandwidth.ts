import { ByteReader, ByteWriter, ProtocolError } from '@sluice/core'

const LIMIT_TYPES = ['hard', 'soft', 'dynamic'] as const

/** How binding a Set Peer Bandwidth is. */
export type PeerBandwidthLimit = (typeof LIMIT_TYPES)[number]

/** Set Peer Bandwidth: do not have more bytes than this unacknowledged. */
export interface SetPeerBandwidth {
  readonly type: 'set-peer-bandwidth'
  /** Bytes. */
  readonly size: number
  readonly limit: PeerBandwidthLimit
}

/**
 * @throws {ProtocolError} `rtmp.set_peer_bandwidth.bad_limit`, `core.bytes.truncated`.
 * @see Adobe RTMP 1.0 §5.4.5
 */
export function readSetPeerBandwidth(payload: Uint8Array): SetPeerBandwidth {
  const reader = new ByteReader(payload)
  const size = reader.u32be()
  const code = reader.u8()
  const limit = LIMIT_TYPES[code]
  if (limit === undefined) {
    throw new ProtocolError('rtmp.set_peer_bandwidth.bad_limit', `${code} is no limit type`, {
      details: { limit: code },
      spec: 'Adobe RTMP 1.0 §5.4.5',
    })
  }
  return { type: 'set-peer-bandwidth', size, limit }
}

export function writeSetPeerBandwidth({ size, limit }: SetPeerBandwidth): Uint8Array {
  return new ByteWriter(5).u32be(size).u8(LIMIT_TYPES.indexOf(limit)).finish()
}
