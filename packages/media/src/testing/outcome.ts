import { errorCode } from '@sluice/core'

/** `read`, or the code of what was thrown: `internal` for anything but a declared error. */
export function outcome(reader: () => unknown): string {
  try {
    reader()
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}
