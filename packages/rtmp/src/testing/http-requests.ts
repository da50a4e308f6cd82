/** One request of a recording. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
}

/** The complete HTTP requests at the beginning of `bytes`; enough of HTTP for recordings of RTMPT clients. */
export function* httpRequests(bytes: Uint8Array): Generator<RecordedRequest> {
  const recording = Buffer.from(bytes)
  let at = 0
  for (;;) {
    const end = recording.indexOf('\r\n\r\n', at)
    if (end < 0) return
    const head = recording.toString('latin1', at, end)
    const [, method = '', path = ''] = /^(\S+) (\S+) HTTP\/1\.1\r\n/.exec(head) ?? []
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    at = end + 4 + length
    if (at > recording.length) return
    yield { method, path, body: recording.subarray(end + 4, at) }
  }
}
