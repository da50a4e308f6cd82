import type { IncomingMessage } from 'node:http'
import { WebSocketServer } from 'ws'
import { DEFAULT_TIMEOUTS } from '../rtmp-connection.ts'
import type { ListenerOptions } from '../socket-listener.ts'
import { answerTo, type FoundStream, sendProblem } from './flv-request.ts'
import { FLV_FORM } from './message-form.ts'
import { CloseCode, WebSocketPlayer } from './web-socket-player.ts'

/** A message of a client this long is read, to tell it that none is expected; a longer one is not even read, in bytes. */
const MESSAGE_LIMIT = 1_024
/** The one version there is. @see RFC 6455 §4.1 */
const VERSION = '13'

/**
 * Players that get FLV in WebSocket messages: one binary message for the file header, and one for each tag. The close says
 * how it ended: 1000 with the stream.
 *
 * @see RFC 6455
 */
export class FlvWebSockets {
  readonly #options: Pick<ListenerOptions, 'log' | 'timeouts'>
  /** Nothing is compressed: it is media, and bytes that are the same for all players are sent as they are. */
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MESSAGE_LIMIT,
  })

  constructor(options: Pick<ListenerOptions, 'log' | 'timeouts'>) {
    this.#options = options
    this.#server.on('wsClientError', (error, _socket, request) =>
      sendProblem(answerTo(request), {
        status: 400,
        code: 'ingest.play.bad_upgrade',
        detail: `this is no WebSocket handshake of version ${VERSION}: ${error.message}`,
        headers: { 'Sec-WebSocket-Version': VERSION },
      }),
    )
  }

  /**
   * Takes a connection over and plays on it; a handshake that is wrong gets problem details.
   *
   * @param request - GET, with `Upgrade: websocket`.
   * @param head - what of the connection was read beyond the request.
   */
  open(request: IncomingMessage, head: Buffer, { name, playback }: FoundStream): void {
    const { socket } = request
    const { timeouts = DEFAULT_TIMEOUTS } = this.#options
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const log = this.#options.log.child({ remote: socket.remoteAddress, stream: name })
      log.info('playing by WebSocket')
      const sink = new WebSocketPlayer({ webSocket, socket, idleMillis: timeouts.idle, log })
      const player = playback.play(sink, FLV_FORM, timeouts.slow)
      webSocket.on('close', () => {
        playback.leave(player)
        log.info({ skips: player.skips }, 'player gone')
      })
    })
  }

  /** Tells all players that the server goes away. */
  close(): void {
    for (const webSocket of this.#server.clients)
      webSocket.close(CloseCode.goingAway, 'the server is shutting down')
  }
}
