/**
 * The watch page, `/watch/NAME`: plays one stream by HLS or DASH.
 *
 * - `watch-state.ts` what the viewer is looking at, and what follows from what (pure)
 * - `watch-controller.ts` carries it out; `watch-view.ts` shows it; `text.ts` has the words
 * - `hls-player.ts`, `dash-player.ts`, `native-player.ts` the libraries behind `player.ts`
 * - `probe.ts`, `stall-watch.ts`, `recovery-budget.ts` judgements the controller and the players use (pure)
 * - `diagnostics.ts` `window.sluice`
 */
import { diagnosticsOf } from './diagnostics.ts'
import { listenForKeys } from './keys.ts'
import { parseStreamAddress } from './stream-address.ts'
import { WatchController } from './watch-controller.ts'
import { byId, WatchView } from './watch-view.ts'

const address = parseStreamAddress(window.location.pathname, window.location.search)
if (address === undefined) {
  window.location.replace('/')
} else {
  const video = byId('video', HTMLVideoElement)
  const controller = new WatchController(video, address, () => view.update())
  const view = new WatchView(controller)
  listenForKeys(video, byId('screen', HTMLElement), () => controller.unmute())
  window.sluice = diagnosticsOf(controller)
  view.update()
}
