import { startBenchGateway } from '../support/gateway.ts'
import { firstPlayable, videoPlaylists } from '../support/playable.ts'
import { startNginxHls } from '../support/segmenting-servers.ts'
import type { Delivery } from './measure-viewer.ts'

const STREAM = 'clock'

/** The gateway with its default settings. @param ladder - false: the source rung alone. */
export async function deliverBySluice(ladder: boolean, cpuProfile: string | undefined): Promise<Delivery> {
  const env = { SLUICE_PROFILE: ladder ? 'default' : 'source' }
  const gateway = await startBenchGateway({ env, cpuProfile })
  const stream = `${gateway.origin}/live/${STREAM}`
  return {
    publish: `${gateway.rtmp}/${STREAM}`,
    playable: async (player) => {
      const playlists = await videoPlaylists(`${stream}/index.m3u8`)
      await Promise.all(playlists.map(firstPlayable))
      return player === 'dash' || player === 'shaka' ? `${stream}/low-latency.mpd` : `${stream}/index.m3u8`
    },
    stop: () => gateway.stop(),
  }
}

/** nginx with fragments of two seconds. */
export async function deliverByNginx(): Promise<Delivery> {
  const server = await startNginxHls([STREAM])
  const [publish = ''] = server.urls
  return {
    publish,
    playable: async () => {
      const url = `${server.http}/${STREAM}/index.m3u8`
      await firstPlayable(url)
      return url
    },
    stop: () => server.stop(),
  }
}
