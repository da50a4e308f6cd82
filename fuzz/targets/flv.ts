import {
  FlvReader,
  FlvTagType,
  readAudioBody,
  readMetadata,
  readScriptData,
  readVideoBody,
} from '@sluice/flv'
import { MessageType } from '@sluice/rtmp'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedBodies } from '../seeds/bodies.ts'
import { recordedFlv } from '../seeds/captures.ts'
import { recordedPayloads } from '../seeds/messages.ts'
import { pieces } from './pieces.ts'

/** FLV: the stream of tags, and what is in them. */
export const FLV_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'flv/reader',
    summary: 'the byte stream of tags',
    share: 10_000,
    mostBytes: 8_192,
    seeds: () => recordedFlv().map(({ bytes }) => bytes),
    read: (input) => {
      const reader = new FlvReader()
      const events = [...pieces(input)].flatMap((piece) => {
        reader.receive(piece)
        return reader.events()
      })
      return { reader, events }
    },
  },
  {
    name: 'flv/video-body',
    summary: 'video tag bodies, those of Enhanced RTMP included',
    share: 40_000,
    mostBytes: 4_096,
    seeds: () => recordedBodies(FlvTagType.video),
    read: (input) => readVideoBody(input),
  },
  {
    name: 'flv/audio-body',
    summary: 'audio tag bodies, those of Enhanced RTMP included',
    share: 40_000,
    mostBytes: 4_096,
    seeds: () => recordedBodies(FlvTagType.audio),
    read: (input) => readAudioBody(input),
  },
  {
    name: 'flv/script-data',
    summary: 'script data, and what onMetaData claims',
    share: 20_000,
    mostBytes: 4_096,
    seeds: () => [...recordedBodies(FlvTagType.script), ...recordedPayloads(MessageType.dataAmf0)],
    read: (input) => {
      const { name, value } = readScriptData(input)
      return { name, value, hints: readMetadata(value) }
    },
  },
]
