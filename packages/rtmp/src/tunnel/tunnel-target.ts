/** What a tunnelled client asks for, as its request line says it. */
export type TunnelTarget =
  | { readonly action: 'open' }
  | {
      readonly action: 'send' | 'idle' | 'close'
      /** Of the session. */
      readonly id: string
      /** The client counts the requests of a session, from 0. */
      readonly sequence: number
    }

const OPEN = /^\/open\/\d{1,15}$/
const IN_SESSION = /^\/(send|idle|close)\/([\w-]{1,64})\/(\d{1,15})$/

/**
 * @param path - of the request line, without a host.
 * @returns undefined for anything else: also for `/fcs/ident2`, which Flash asks first and takes a 404 for.
 */
export function parseTunnelTarget(path: string): TunnelTarget | undefined {
  if (OPEN.test(path)) return { action: 'open' }
  const [, action, id, sequence] = IN_SESSION.exec(path) ?? []
  if (action === undefined || id === undefined || sequence === undefined) return undefined
  if (action !== 'send' && action !== 'idle' && action !== 'close') return undefined
  return { action, id, sequence: Number(sequence) }
}
