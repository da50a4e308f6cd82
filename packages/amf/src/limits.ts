/** What one sequence of AMF values read from a peer may cost. A breach is a `ProtocolError`. */
export interface AmfLimits {
  /** Containers inside one another, AMF3 inside AMF0 included. Default 32; real clients need 4. */
  readonly depth: number
  /**
   * Values in all, each property and element counted, and each full KiB of a text. A reference counts as many as
   * what it refers to, so that walking the result or writing it out is bounded too. Default 10 000.
   */
  readonly values: number
  /** Bytes of one string, key, XML document or byte array. Default 1 MiB. */
  readonly stringBytes: number
}

/** Generous for real metadata, harmless to memory. */
export const DEFAULT_AMF_LIMITS: AmfLimits = { depth: 32, values: 10_000, stringBytes: 1 << 20 }
