import { hostname } from 'node:os'
import type { Config } from './schema.ts'

const WILDCARDS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])

/** The host under which other roles reach this one, ready for a URL (IPv6 in brackets). */
export function advertisedHost(config: Pick<Config, 'advertiseHost' | 'bind'>): string {
  return bracketed(config.advertiseHost ?? (WILDCARDS.has(config.bind) ? hostname() : config.bind))
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
