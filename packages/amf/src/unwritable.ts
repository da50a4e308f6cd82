import { StateError } from '@sluice/core'

/** Our own values are shallow; this only stops a cyclic one. */
export const MAX_WRITTEN_DEPTH = 256

/** The error for a value that AMF cannot hold. */
export function unwritable(what: string): StateError {
  return new StateError('amf.unwritable', what)
}
