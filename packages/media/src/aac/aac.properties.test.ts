import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parameters } from '../testing/fast-check.ts'
import { outcome } from '../testing/outcome.ts'
import type { AudioTrack } from '../track.ts'
import { aacTrack } from './aac-track.ts'
import {
  readAudioSpecificConfig,
  type SbrSignalling,
  writeAudioSpecificConfig,
} from './audio-specific-config.ts'

const rate = fc.oneof(fc.constantFrom(7350, 22_050, 44_100, 96_000), fc.integer({ min: 1, max: 0xffffff }))
const layout = fc.constantFrom([1, 1], [2, 2], [6, 6], [7, 8], [11, 7], [12, 8], [13, 24], [14, 8])

it('reads back the config it wrote', () => {
  const plain = { noNullPrototype: true }
  const sbr = fc.record(
    {
      signalling: fc.constantFrom<SbrSignalling>('hierarchical', 'backward-compatible'),
      sampleRate: rate,
      parametricStereo: fc.boolean(),
    },
    plain,
  )
  const config = fc.record(
    {
      sampleRate: rate,
      layout,
      frameLength: fc.constantFrom<1024 | 960>(1024, 960),
      sbr: fc.option(sbr, { nil: undefined }),
    },
    plain,
  )
  fc.assert(
    fc.property(config, ({ layout: [channelConfiguration = 0, channels = 0], ...rest }) => {
      const value = { ...rest, channelConfiguration, channels }
      expect(readAudioSpecificConfig(writeAudioSpecificConfig(value))).toStrictEqual(value)
    }),
    parameters,
  )
})

it('turns arbitrary bytes into a track or a declared error', () => {
  const likely = fc.tuple(fc.constantFrom(0x11, 0x12, 0x17, 0x2b, 0xeb), fc.uint8Array({ maxLength: 40 }))
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    likely.map(([first, rest]) => Uint8Array.from([first, ...rest])),
  )
  fc.assert(
    fc.property(input, (bytes) => {
      expect(outcome(() => checkTrack(aacTrack(bytes)))).toMatch(/^(read|media\.aac\.\w+)$/)
    }),
    parameters,
  )
})

/** Throws for a track that counts nothing: a fault of ours, not of the bytes. */
function checkTrack(track: AudioTrack): void {
  if (track.channels < 1 || track.sampleRate < 1) throw new Error(`${track.channels} at ${track.sampleRate}`)
}
