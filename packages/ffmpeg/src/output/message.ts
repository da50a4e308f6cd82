/** ffmpeg's log levels that reach us, the gravest first. */
export type MessageLevel = 'panic' | 'fatal' | 'error' | 'warning' | 'info'

/** One line of ffmpeg's log. */
export interface FfmpegMessage {
  readonly level: MessageLevel
  /** Who speaks: `libx264`, `flv`, `in#0`; undefined for ffmpeg itself. */
  readonly component: string | undefined
  readonly text: string
}

const PREFIXED = /^((?:\[[^\]]*? @ [^\]]+\] )*)\[(panic|fatal|error|warning|info|verbose|debug|trace)\] (.*)$/

/**
 * Reads lines of a log written with `-loglevel level+…`: `[libx264 @ 0x55d8] [warning] text`. A line without a level
 * continues the message before it and takes its level.
 */
export class MessageParser {
  #level: MessageLevel = 'error'
  #component: string | undefined

  line(line: string): FfmpegMessage {
    const [, components, level, text] = PREFIXED.exec(line) ?? []
    if (components !== undefined && level !== undefined) {
      this.#level = known(level)
      this.#component = /\[([^\]]*?) @ [^\]]+\] $/.exec(components)?.[1]
    }
    return { level: this.#level, component: this.#component, text: text ?? line }
  }
}

function known(level: string): MessageLevel {
  switch (level) {
    case 'panic':
    case 'fatal':
    case 'error':
    case 'warning':
      return level
    default:
      return 'info'
  }
}
