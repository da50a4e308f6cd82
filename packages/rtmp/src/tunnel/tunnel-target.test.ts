import { expect, it } from 'vitest'
import { parseTunnelTarget } from './tunnel-target.ts'

it('reads what clients ask for', () => {
  expect(parseTunnelTarget('/open/1')).toEqual({ action: 'open' })
  expect(parseTunnelTarget('/send/s15/0')).toEqual({ action: 'send', id: 's15', sequence: 0 })
  expect(parseTunnelTarget('/idle/a-B_9/120')).toEqual({ action: 'idle', id: 'a-B_9', sequence: 120 })
  expect(parseTunnelTarget('/close/x/3')).toEqual({ action: 'close', id: 'x', sequence: 3 })
})

it.each([
  '',
  '/',
  '/fcs/ident2',
  '/open',
  '/open/x',
  '/open/1/',
  '/send/x',
  '/send//1',
  '/send/x/-1',
  '/send/x/1.5',
  '/send/x/9999999999999999',
  '/send/../1',
  '/send/x/1?y',
  '/play/x/1',
  `/send/${'x'.repeat(65)}/1`,
  'http://host/open/1',
])('knows nothing of %j', (path) => {
  expect(parseTunnelTarget(path)).toBeUndefined()
})
