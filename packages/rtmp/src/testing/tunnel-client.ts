import { Tunnel, type TunnelEvent, type TunnelOptions } from '../tunnel/tunnel.ts'

/** Drives a tunnel: requests are numbered by themselves, time stands still unless it is moved. */
export class TunnelDriver {
  readonly tunnel: Tunnel
  now = 0
  #exchange = 0
  #ids = 0

  constructor(limits: TunnelOptions['limits'] = {}) {
    this.tunnel = new Tunnel({ newId: () => `id-${++this.#ids}`, limits })
  }

  /** Begins a request. @returns its exchange number. */
  begin(path: string, method = 'POST'): number {
    this.#exchange += 1
    this.tunnel.request({ exchange: this.#exchange, method, path }, this.now)
    return this.#exchange
  }

  /** A whole request. @returns what it gave rise to. */
  post(path: string, body: Uint8Array = Uint8Array.of(0)): TunnelEvent[] {
    const exchange = this.begin(path)
    this.tunnel.data(exchange, body)
    this.tunnel.finish(exchange)
    return this.drain()
  }

  /** Opens a session. @returns its id. */
  open(): string {
    const [opened] = this.post('/open/1')
    return opened?.type === 'opened' ? opened.id : ''
  }

  expire(after: number): TunnelEvent[] {
    this.now += after
    this.tunnel.expire(this.now)
    return this.drain()
  }

  drain(): TunnelEvent[] {
    return [...this.tunnel.events()]
  }
}

/** Events in short: `received abc`, `answer 3 200 01…`, `closed by rtmp.tunnel.idle`. */
export function brief(events: readonly TunnelEvent[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case 'received':
        return `received ${Buffer.from(event.bytes).toString('latin1')}`
      case 'answer':
        return [
          'answer',
          event.exchange,
          event.status,
          Buffer.from(event.body).toString('latin1'),
          event.error?.code,
        ]
          .filter((part) => part !== undefined && part !== '')
          .join(' ')
      case 'closed':
        return `closed by ${event.by === 'fault' ? event.error.code : event.by}`
      case 'reading':
        return `reading ${event.exchange}`
      default:
        return `${event.type} ${event.id}`
    }
  })
}
