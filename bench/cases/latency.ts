import { deliverByNginx, deliverBySluice } from '../latency/deliveries.ts'
import { addViewer, type Delivery, measureViewer, type Watch } from '../latency/measure-viewer.ts'
import { CAMERA } from '../latency/start-camera.ts'
import { startViewers } from '../latency/viewers.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { hasNginxRtmp } from '../support/rtmp-servers.ts'

const SECONDS = 60
/** The rung of the default ladder that a camera's picture gets. */
const RUNG_HEIGHT = 360

/** A player in front of a server. */
interface Subject extends Watch {
  readonly subject: string
  readonly deliver: (cpuProfile: string | undefined) => Promise<Delivery>
}

function latencyCase(name: string, what: string, aim: string, subjects: () => readonly Subject[]): BenchCase {
  return {
    name,
    summary: `camera → screen of headless Chromium: ${what} (--seconds ${SECONDS})`,
    run: async ({ seconds = SECONDS, cpuProfile }, report) => {
      const viewers = await startViewers()
      if (viewers === undefined) {
        report.progress('Chromium is not installed: left out')
        return
      }
      report.progress(viewers.browser)
      try {
        for (const { subject, deliver, ...watch } of subjects()) {
          const measured = await measureViewer(await deliver(cpuProfile), viewers, watch, seconds, report)
          addViewer(report, subject, measured, aim)
        }
      } finally {
        await viewers.stop()
      }
    },
  }
}

function bySluice(player: Watch['player'], { height = CAMERA.height, gopSeconds = 1 } = {}): Subject {
  const rung = height === CAMERA.height ? 'source rung' : `${height}p`
  return {
    subject: `sluice, ${rung}, keyframe each ${gopSeconds} s`,
    player,
    height,
    gopSeconds,
    deliver: (cpuProfile) => deliverBySluice(height !== CAMERA.height, cpuProfile),
  }
}

const HLS_AIM = 'median 1.0 s, 95th percentile 1.3 s, no stall'
const OTHER_AIM = 'at most 1.5 s'

/** How old a picture is that a viewer sees, for each player and rung. */
export const latency: readonly BenchCase[] = [
  latencyCase('latency-hls/source', 'LL-HLS by hls.js, source rung', HLS_AIM, () => [bySluice('hls')]),
  latencyCase('latency-hls/gop-2', 'the same with a keyframe every two seconds', HLS_AIM, () => [
    bySluice('hls', { gopSeconds: 2 }),
  ]),
  latencyCase('latency-hls/360p', 'LL-HLS by hls.js, a rung of the ladder', OTHER_AIM, () => [
    bySluice('hls', { height: RUNG_HEIGHT }),
  ]),
  latencyCase('latency-dash/dash.js', 'LL-DASH by dash.js, source rung', OTHER_AIM, () => [bySluice('dash')]),
  latencyCase('latency-dash/shaka', 'LL-DASH by Shaka Player, source rung', OTHER_AIM, () => [
    bySluice('shaka'),
  ]),
  latencyCase('latency-ordinary', 'HLS by hls.js without low latency, over nginx-rtmp', 'steady', () => [
    bySluice('hls-ordinary'),
    ...(hasNginxRtmp()
      ? [
          {
            subject: 'nginx-rtmp, keyframe each 1 s',
            player: 'hls-ordinary' as const,
            height: CAMERA.height,
            gopSeconds: 1,
            deliver: deliverByNginx,
          },
        ]
      : []),
  ]),
]
