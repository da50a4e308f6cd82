import type { ClusterLog } from './log.ts'

/** A log for tests: remembers messages instead of writing them. */
export function recordingLog(): ClusterLog & { readonly messages: string[] } {
  const messages: string[] = []
  const record = (_: object, message: string): void => {
    messages.push(message)
  }
  return { messages, debug: record, info: record, warn: record, error: record }
}
