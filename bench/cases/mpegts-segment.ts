import { FragmentedMp4Reader, writeFragment, writeInitSegment } from '@sluice/cmaf'
import { concatBytes, ticks } from '@sluice/core'
import { type AudioTrack, aacTrack, h264Track, type Packet, type Track, type VideoTrack } from '@sluice/media'
import { type ElementaryInput, writeTransportStream } from '@sluice/mpegts'
import { AAC_RECORD, AVC_RECORD } from '@sluice/testkit'
import type { BenchCase } from '../support/bench-case.ts'
import { measureOperations } from '../support/micro.ts'
import { seededBytes, seededRandom } from '../support/seeded.ts'
import { FRAME_RATE, seededPictures } from '../support/seeded-pictures.ts'

const SEGMENT_SECONDS = 2
const AAC_FRAME_BYTES = 341

/** Two CMAF segments in memory to one of MPEG-TS: what an origin does where a device asks for transport streams. */
export const mpegtsSegment: BenchCase = {
  name: 'mpegts/segment',
  summary: 'CMAF segments of picture and sound to a transport stream segment, 720p30 at 2.7 Mbit/s, 2 s',
  run: async (options, report) => {
    const [video, audio] = [videoFile(), audioFile()]
    measureOperations(report, options, {
      subject: 'segment',
      operations: 1,
      bytes: video.length + audio.length,
      run: () => {
        const bytes = writeTransportStream({
          segment: 1,
          video: read(video, (track) => (track.kind === 'video' ? track : undefined)),
          audio: read(audio, (track) => (track.kind === 'audio' ? track : undefined)),
        })
        if (bytes.length < video.length) throw new Error(`${bytes.length} bytes were made of ${video.length}`)
      },
    })
  },
}

const VIDEO: VideoTrack = h264Track(AVC_RECORD)
const AUDIO: AudioTrack = aacTrack(AAC_RECORD)

function videoFile(): Uint8Array {
  const samples = seededPictures(3, SEGMENT_SECONDS).map(({ keyframe, data }) => ({
    duration: VIDEO.timescale / FRAME_RATE,
    compositionOffset: 0,
    keyframe,
    data,
  }))
  return fileOf(VIDEO, samples)
}

function audioFile(): Uint8Array {
  const random = seededRandom(4)
  const count = Math.round((SEGMENT_SECONDS * AUDIO.sampleRate) / AUDIO.samplesPerPacket)
  const samples = Array.from({ length: count }, () => ({
    duration: AUDIO.samplesPerPacket,
    compositionOffset: 0,
    keyframe: true,
    data: seededBytes(random, AAC_FRAME_BYTES),
  }))
  return fileOf(AUDIO, samples)
}

function fileOf(track: Track, samples: Parameters<typeof writeFragment>[0]['samples']): Uint8Array {
  return concatBytes([
    writeInitSegment(track),
    ...writeFragment({ sequenceNumber: 1, baseDecodeTime: ticks(0), samples }),
  ])
}

function read<T extends Track>(
  bytes: Uint8Array,
  wanted: (track: Track) => T | undefined,
): ElementaryInput<T> | undefined {
  const reader = new FragmentedMp4Reader()
  reader.receive(bytes)
  const packets: Packet[] = []
  let track: T | undefined
  for (const event of reader.events()) {
    if (event.type === 'track') track = wanted(event.track)
    else packets.push(event.packet)
  }
  return track && { track, packets }
}
