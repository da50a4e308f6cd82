/**
 * Players: so many RTMP connections that play one stream, until killed. A process of its own, so that its CPU time is not counted.
 *
 * `node --import tsx bench/load/play.ts count|read PLAYERS URL`. Prints one JSON line (`PlayCount`) when all are playing and
 * then every 250 ms.
 */
import type { PlayCount } from './play-count.ts'
import { RtmpPlayer } from './rtmp-player.ts'

const COUNT_INTERVAL = 250

const [what = '', count = '', url = ''] = process.argv.slice(2)
if (what !== 'count' && what !== 'read') throw new RangeError(`players count or read, not ${what}`)

const players: RtmpPlayer[] = []
// One after the other: a server's backlog is not what is looked at here.
for (let opened = 0; opened < Number(count); opened++) {
  const player = await RtmpPlayer.open(url, what)
  players.push(player)
  void player.closed.then(() => {
    process.stderr.write('the server closed a connection\n')
    process.exit(1)
  })
}
const print = (): void => {
  const line: PlayCount = {
    at: performance.now(),
    players: players.length,
    receivedBytes: players.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
    delays: players.flatMap((player) => player.takeDelays()),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
print()
setInterval(print, COUNT_INTERVAL)
