/** What a camera has done; a line of its output. */
export interface CameraCount {
  /** Pictures that the encoder was not ready for so far: before it has connected there are some, later none. */
  readonly missed: number
  /** How late the latest picture of the last second was made, in milliseconds. */
  readonly latestMillis: number
}
