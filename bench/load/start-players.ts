import { type LineProcess, startLineProcess } from './line-process.ts'
import type { PlayCount } from './play-count.ts'

/**
 * Starts players of one stream in a process of their own.
 *
 * @param what - whether they only `count` bytes, or `read` messages for their delays.
 * @returns when all are playing.
 */
export function startPlayers(
  what: 'count' | 'read',
  players: number,
  url: string,
): Promise<LineProcess<PlayCount>> {
  return startLineProcess('play.ts', [what, String(players), url], `${players} players`)
}
