import { StateError } from './errors.ts'

/** Ends a switch over a union: a new member that is not handled becomes a compile error. */
export function assertNever(value: never): never {
  throw new StateError('core.unreachable', `unhandled case: ${JSON.stringify(value)}`)
}
