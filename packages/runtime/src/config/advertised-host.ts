import { hostname } from 'node:os'
import type { Config } from './schema.ts'

const WILDCARDS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])

/**
 * The host under which other roles reach this one, ready for a URL (IPv6 in brackets).
 *
 * @param sameProcess - all roles run in this process: the loopback address will do.
 */
export function advertisedHost(
  config: Pick<Config, 'advertiseHost' | 'bind'>,
  options: { readonly sameProcess: boolean },
): string {
  return bracketed(config.advertiseHost ?? derived(config.bind, options.sameProcess))
}

function derived(bind: string, sameProcess: boolean): string {
  if (!WILDCARDS.has(bind)) return bind
  return sameProcess ? '127.0.0.1' : hostname()
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
