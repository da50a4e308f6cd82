const PACKET_BYTES = 188

/** A PES packet as a receiver puts it together. */
export interface ReadUnit {
  readonly pid: number
  readonly streamId: number
  readonly pts: number
  readonly dts: number
  /** PES_packet_length. */
  readonly length: number
  readonly randomAccess: boolean
  readonly payload: Uint8Array
}

/** What a receiver finds in transport packets. */
export interface ReadStream {
  readonly pids: readonly number[]
  readonly units: readonly ReadUnit[]
  /** Program clock references in ticks of 90 kHz, with their packet's place. */
  readonly clocks: readonly { readonly packet: number; readonly pid: number; readonly value: number }[]
  /** PIDs whose counter jumped, repeated or missed. */
  readonly broken: readonly number[]
  /** First payload of PAT and PMT, from behind the pointer field. */
  readonly sections: ReadonlyMap<number, Uint8Array>
}

/** Reads packets by ISO/IEC 13818-1 §2.4.3 and nothing of the writer's; throws where they are none. */
export function readTransportStream(bytes: Uint8Array): ReadStream {
  if (bytes.length % PACKET_BYTES !== 0) throw new Error(`${bytes.length} bytes are no packets`)
  const counters = new Map<number, number>()
  const open = new Map<number, { randomAccess: boolean; data: number[] }>()
  const units: ReadUnit[] = []
  const clocks: { packet: number; pid: number; value: number }[] = []
  const broken = new Set<number>()
  const sections = new Map<number, Uint8Array>()
  const close = (pid: number): void => {
    const unit = open.get(pid)
    if (unit !== undefined) units.push(readUnit(pid, unit.randomAccess, Uint8Array.from(unit.data)))
  }
  for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
    const packet = bytes.subarray(at, at + PACKET_BYTES)
    const byte = (index: number): number => packet[index] ?? Number.NaN
    if (byte(0) !== 0x47) throw new Error(`no sync byte at ${at}`)
    const pid = ((byte(1) & 0x1f) << 8) | byte(2)
    const starts = (byte(1) & 0x40) !== 0
    const control = (byte(3) >> 4) & 3
    const counter = byte(3) & 0xf
    let start = 4
    let randomAccess = false
    if (control & 2) {
      const length = byte(4)
      if (length > (control === 2 ? 183 : 182)) throw new Error(`an adaptation field of ${length} bytes`)
      const flags = length > 0 ? byte(5) : 0
      randomAccess = (flags & 0x40) !== 0
      if (flags & 0x10) {
        const value = (byte(6) * 2 ** 24 + (byte(7) << 16) + (byte(8) << 8) + byte(9)) * 2 + (byte(10) >> 7)
        clocks.push({ packet: at / PACKET_BYTES, pid, value })
      }
      start = 5 + length
    }
    const last = counters.get(pid)
    const expected = control & 1 ? ((last ?? counter - 1) + 1) & 0xf : last
    if (expected !== undefined && counter !== expected) broken.add(pid)
    counters.set(pid, counter)
    if (!(control & 1)) continue
    const payload = packet.subarray(start)
    if (payload.length === 0) throw new Error(`a packet without payload at ${at}`)
    if (pid === 0 || pid === 0x1000) {
      sections.set(pid, payload.slice(1 + (payload[0] ?? 0)))
      continue
    }
    if (starts) {
      close(pid)
      open.set(pid, { randomAccess, data: [] })
    }
    open.get(pid)?.data.push(...payload)
  }
  for (const pid of open.keys()) close(pid)
  return { pids: [...counters.keys()], units, clocks, broken: [...broken], sections }
}

function readUnit(pid: number, randomAccess: boolean, data: Uint8Array): ReadUnit {
  const byte = (index: number): number => data[index] ?? Number.NaN
  if (byte(0) !== 0 || byte(1) !== 0 || byte(2) !== 1) throw new Error('no start code')
  const time = (at: number): number =>
    ((byte(at) >> 1) & 7) * 2 ** 30 +
    ((((byte(at + 1) << 8) | byte(at + 2)) >> 1) << 15) +
    (((byte(at + 3) << 8) | byte(at + 4)) >> 1)
  const pts = time(9)
  return {
    pid,
    streamId: byte(3),
    length: (byte(4) << 8) | byte(5),
    pts,
    dts: (byte(7) & 0x40) !== 0 ? time(14) : pts,
    randomAccess,
    payload: data.subarray(9 + byte(8)),
  }
}
