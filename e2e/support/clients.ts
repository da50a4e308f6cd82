import { runChild } from '@sluice/testkit'

/** A program that tests publish or play with. */
export interface Client {
  readonly name: string
  /** As it says itself. Undefined: it is not installed. */
  readonly version: string | undefined
}

/** What is asked of each client, and where its answer has the version. */
const QUESTIONS = {
  ffmpeg: { ask: ['ffmpeg', '-version'], version: /^ffmpeg version (\S+)/m },
  rtmp2sink: { ask: ['gst-inspect-1.0', 'rtmp2sink'], version: /^ +Version +(\S+)/m },
  rtmpsink: { ask: ['gst-inspect-1.0', 'rtmpsink'], version: /^ +Version +(\S+)/m },
} as const

/** Looks for a client on this machine. */
export async function findClient(name: keyof typeof QUESTIONS): Promise<Client> {
  const { ask, version } = QUESTIONS[name]
  const [command, ...args] = ask
  const { output } = await runChild(command, args)
  return { name, version: version.exec(output)?.[1] }
}
