/** Memory that reading an input may take, in bytes. */
export interface MemoryBounds {
  /** Whatever its length. */
  readonly fixed: number
  /** For each byte of it. */
  readonly perByte: number
}

/** A reader that is given hostile bytes. */
export interface FuzzTarget {
  /** `amf/amf0`. */
  readonly name: string
  /** One line for the list. */
  readonly summary: string
  /** Inputs a round of the run gives to this target: so that cheap readers get many and dear ones few. */
  readonly share: number
  /** Inputs are cut to so many bytes. */
  readonly mostBytes: number
  /** Inputs that the reader takes, at least one. Called once. */
  readonly seeds: () => readonly Uint8Array[]
  /**
   * Reads an input. Whatever it throws but `ProtocolError` and `UnsupportedError` is a finding.
   *
   * @returns what its caller goes on holding.
   */
  readonly read: (input: Uint8Array) => unknown
  /** Default `DEFAULT_BOUNDS`. */
  readonly bounds?: Partial<TargetBounds>
}

/** What one input may cost. */
export interface TargetBounds {
  /** Memory taken while it is read, garbage included: a length that is believed before its bytes are there shows here. */
  readonly allocated: MemoryBounds
  /** Memory that is still held when it has been read. */
  readonly retained: MemoryBounds
}

export const DEFAULT_BOUNDS: TargetBounds = {
  allocated: { fixed: 2 << 20, perByte: 512 },
  retained: { fixed: 512 << 10, perByte: 128 },
}

/** The bounds of a target. */
export function boundsOf(target: FuzzTarget): TargetBounds {
  return { ...DEFAULT_BOUNDS, ...target.bounds }
}

/** Bytes that an input of this length may take. */
export function allowance({ fixed, perByte }: MemoryBounds, length: number): number {
  return fixed + perByte * length
}
