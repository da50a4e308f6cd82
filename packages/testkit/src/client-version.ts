import { runChild } from './child.ts'

/** What each client is asked, and where its answer has its version. */
const QUESTIONS: Readonly<
  Record<ClientName, { readonly ask: readonly [string, ...string[]]; readonly version: RegExp }>
> = {
  ffmpeg: { ask: ['ffmpeg', '-version'], version: /^ffmpeg version (\S+)/m },
  'gst-launch-1.0': { ask: ['gst-launch-1.0', '--version'], version: /^GStreamer (\S+)/m },
  rtmp2sink: { ask: ['gst-inspect-1.0', 'rtmp2sink'], version: /^ +Version +(\S+)/m },
  rtmpsink: { ask: ['gst-inspect-1.0', 'rtmpsink'], version: /^ +Version +(\S+)/m },
  rtmpdump: { ask: ['rtmpdump', '--help'], version: /^RTMPDump (\S+)/m },
  curl: { ask: ['curl', '--version'], version: /^curl (\S+)/m },
}

/** A program, or a part of one, that tests publish or play with. */
export type ClientName = 'ffmpeg' | 'gst-launch-1.0' | 'rtmp2sink' | 'rtmpsink' | 'rtmpdump' | 'curl'

/** The version of a client, as it says it itself; undefined where it is not installed. */
export async function clientVersion(name: ClientName): Promise<string | undefined> {
  const { ask, version } = QUESTIONS[name]
  const [command, ...args] = ask
  const { output } = await runChild(command, args)
  return version.exec(output)?.[1]
}
