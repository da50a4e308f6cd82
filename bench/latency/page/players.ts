import { MediaPlayer } from 'dashjs'
import Hls from 'hls.js'
import shakaModule from 'shaka-player'
import { DASH_SETTINGS } from '../../../apps/web/src/watch/dash-settings.ts'
import { keepPace } from '../../../apps/web/src/watch/hls-pace.ts'
import { HLS_SETTINGS } from '../../../apps/web/src/watch/hls-settings.ts'

/** Its types are those of a module with a default export, which it is not. */
const shaka = shakaModule as unknown as typeof shakaModule.default

/** What is to be played. */
export interface PlayRequest {
  /** `hls-ordinary` is hls.js without low latency. */
  readonly player: 'hls' | 'hls-ordinary' | 'dash' | 'shaka'
  /** Of the multivariant playlist or the MPD. */
  readonly url: string
  /** Lines of the rung's picture. */
  readonly height: number
}

/** Plays one rung, with the watch page's settings. Resolves when the player has the stream's description. */
export function play(video: HTMLVideoElement, request: PlayRequest): Promise<void> {
  switch (request.player) {
    case 'hls':
      return playByHls(video, request, true)
    case 'hls-ordinary':
      return playByHls(video, request, false)
    case 'dash':
      return playByDash(video, request)
    case 'shaka':
      return playByShaka(video, request)
  }
}

function playByHls(
  video: HTMLVideoElement,
  { url, height }: PlayRequest,
  lowLatencyMode: boolean,
): Promise<void> {
  const hls = new Hls({ ...HLS_SETTINGS, lowLatencyMode })
  return new Promise((resolve, reject) => {
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const level = hls.levels.findIndex((each) => each.height === height)
      // A playlist that names no sizes has one rung.
      if (level !== -1) {
        hls.startLevel = level
        hls.loadLevel = level
      }
      void video.play()
      resolve()
    })
    hls.on(Hls.Events.ERROR, (_, { fatal, details, error }) => {
      if (fatal) reject(new Error(`${details}: ${error.message}`))
    })
    keepPace(hls, video)
    hls.loadSource(url)
    hls.attachMedia(video)
  })
}

function playByDash(video: HTMLVideoElement, { url, height }: PlayRequest): Promise<void> {
  const dash = MediaPlayer().create()
  dash.updateSettings(DASH_SETTINGS)
  dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } })
  return new Promise((resolve, reject) => {
    dash.on('streamInitialized', () => {
      const rung = dash.getRepresentationsByType('video').find((each) => each.height === height)
      if (rung !== undefined) dash.setRepresentationForTypeByIndex('video', rung.absoluteIndex, true)
      resolve()
    })
    dash.on('error', ({ error }) => reject(new Error(typeof error === 'string' ? error : error.message)))
    dash.initialize(video, url, true)
  })
}

async function playByShaka(video: HTMLVideoElement, { url, height }: PlayRequest): Promise<void> {
  const player = new shaka.Player()
  await player.attach(video)
  player.configure({
    abr: { enabled: false, defaultBandwidthEstimate: 5_000_000 },
    // It would take the forecast of segments to come for a live edge that has moved on.
    manifest: { dash: { autoCorrectDrift: false } },
    // Seconds beyond the delay that the manifest suggests; by itself it is content with anything up to one.
    streaming: {
      lowLatencyMode: true,
      liveSync: { enabled: true, targetLatency: 0, targetLatencyTolerance: 0.1 },
    },
  })
  await player.load(url)
  const rung = player.getVariantTracks().find((track) => track.height === height)
  if (rung !== undefined) player.selectVariantTrack(rung, true)
  await video.play()
}
