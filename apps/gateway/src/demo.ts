import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Logger, Stoppable } from '@sluice/runtime'

/** The stream that the test card is. */
export const DEMO_STREAM = 'testcard'

/** Fonts that draw a clock, where one of them is installed; without any the card keeps its own counter. */
const FONTS = [
  '/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf',
  '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf',
  '/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf',
  '/System/Library/Fonts/Menlo.ttc',
]
const RESTART_MILLIS = 2_000

/**
 * Publishes a moving test card with a clock and a beeping tone, as an encoder would: 720p at 30 frames a
 * second, a keyframe each second. Starts again when ffmpeg ends.
 *
 * @param url - RTMP address with the stream key.
 */
export function startDemo(ffmpeg: string, url: string, log: Logger): Stoppable {
  let stopped = false
  let child: ReturnType<typeof spawn> | undefined
  let timer: NodeJS.Timeout | undefined
  const publish = (): void => {
    child = spawn(ffmpeg, demoArguments(url), { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', (text: Buffer) =>
      log.debug({ ffmpeg: text.toString().trim() }, 'demo publisher'),
    )
    child.on('error', (error) => log.error({ err: error.message }, 'the demo publisher cannot be started'))
    child.on('close', (code) => {
      child = undefined
      if (stopped) return
      log.warn({ code }, 'the demo publisher ended; starting it again')
      timer = setTimeout(publish, RESTART_MILLIS)
    })
  }
  publish()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      const running = child
      if (running === undefined) return
      const closed = new Promise((resolve) => running.once('close', resolve))
      running.kill('SIGTERM')
      const kill = setTimeout(() => running.kill('SIGKILL'), 1_000)
      await closed
      clearTimeout(kill)
    },
  }
}

function demoArguments(url: string): string[] {
  const font = FONTS.find((path) => existsSync(path))
  const clock =
    font === undefined
      ? ''
      : `,drawtext=fontfile=${font}:text='%{localtime\\:%H\\\\\\:%M\\\\\\:%S}':fontsize=96:fontcolor=white:` +
        'box=1:boxcolor=black@0.6:boxborderw=24:x=(w-text_w)/2:y=h-200'
  return [
    ...[
      '-hide_banner',
      '-loglevel',
      'warning',
      '-re',
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=1280x720:rate=30${clock}`,
    ],
    ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=330:beep_factor=4:sample_rate=48000'],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'superfast',
      '-tune',
      'zerolatency',
      '-b:v',
      '2500k',
      '-maxrate',
      '3000k',
    ],
    ...['-bufsize', '3000k', '-g', '30', '-keyint_min', '30', '-sc_threshold', '0', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-f', 'flv', url],
  ]
}
