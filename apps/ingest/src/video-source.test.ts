import { readVideoBody, type VideoConfigBody, type VideoFrameBody, type VideoMetadataBody } from '@sluice/flv'
import { AVC_CONFIGURATION } from '@sluice/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { colorInfoMessage } from './testing/color-info.ts'
import { VideoSource } from './video-source.ts'

const PQ = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }
const CONFIG: VideoConfigBody = { type: 'config', codec: 'h264', record: AVC_CONFIGURATION.subarray(5) }
const FRAME: VideoFrameBody = {
  type: 'frame',
  codec: 'h264',
  keyframe: true,
  compositionOffset: 0,
  nanoseconds: 0,
  data: Uint8Array.of(1),
}
const VP9_CONFIG: VideoConfigBody = {
  type: 'config',
  codec: 'vp9',
  record: Uint8Array.of(2, 10, 0xa2, 1, 1, 1, 0, 0),
}
/** 640 by 360. */
const VP9_FRAME: VideoFrameBody = {
  ...FRAME,
  codec: 'vp9',
  data: Uint8Array.from(Buffer.from('924983421013f80b3800', 'hex')),
}

function colorInfo(transfer: number | undefined, fourCc = 'avc1'): VideoMetadataBody {
  const body = readVideoBody(colorInfoMessage(fourCc, transfer))
  if (body.type !== 'metadata') throw new Error(`the message is ${body.type}`)
  return body
}

describe('colours announced beside a video', () => {
  let source: VideoSource
  const configure = (body = CONFIG) => source.config(body, AVC_CONFIGURATION)?.track
  const announce = (body: VideoMetadataBody) => source.metadata(body)?.track
  const frame = (keyframe = true, body = FRAME) => source.frame(body, keyframe)?.track

  beforeEach(() => {
    source = new VideoSource()
  })

  it('before the sequence header go with it', () => {
    expect(announce(colorInfo(16))).toBeUndefined()
    expect(configure()?.colour?.description).toEqual(PQ)
    expect(frame()).toBeUndefined()
  })

  it('behind it, before the first frame, are added at once', () => {
    expect(configure()).not.toHaveProperty('colour')
    expect(announce(colorInfo(16))?.colour?.description).toEqual(PQ)
    expect(frame()).toBeUndefined()
  })

  it('in the middle of the stream begin with the next keyframe', () => {
    configure()
    announce(colorInfo(16))
    frame()
    expect(announce(colorInfo(18))).toBeUndefined()
    expect(frame(false)).toBeUndefined()
    expect(frame()?.colour?.description?.transfer).toBe(18)
    expect(frame()).toBeUndefined()
  })

  it('are taken back by an announcement of nothing', () => {
    announce(colorInfo(16))
    configure()
    frame()
    announce(colorInfo(undefined))
    expect(frame()).not.toHaveProperty('colour')
  })

  it('change nothing when they are the same again, or something else is announced', () => {
    announce(colorInfo(16))
    configure()
    frame()
    announce(colorInfo(16))
    announce({ type: 'metadata', codec: 'h264', properties: new Map([['else', 1]]) })
    expect(frame()).toBeUndefined()
  })

  it('of another codec wait for that codec', () => {
    configure()
    frame()
    expect(announce(colorInfo(18, 'vp09'))).toBeUndefined()
    expect(frame()).toBeUndefined()
    expect(configure({ ...VP9_CONFIG, record: Uint8Array.of(2, 10, 0xa2, 2, 2, 2, 0, 0) })).toBeUndefined()
    expect(frame(true, VP9_FRAME)?.colour?.description?.transfer).toBe(18)
  })

  it('that contradict the bitstream give way, and it is told', () => {
    announce(colorInfo(16, 'vp09'))
    configure(VP9_CONFIG)
    expect(source.contradiction).toBeUndefined()
    expect(frame(true, VP9_FRAME)?.colour?.description?.transfer).toBe(1)
    expect(source.contradiction).toEqual(PQ)
  })

  it('are forgotten with their publisher', () => {
    announce(colorInfo(16))
    configure()
    source.reset()
    expect(configure()).not.toHaveProperty('colour')
  })
})

describe('an announced frame rate', () => {
  it('is kept beside what the headers say', () => {
    const source = new VideoSource()
    expect(source.frameRate(50)).toBeUndefined()
    expect(source.config(CONFIG, AVC_CONFIGURATION)?.track.announcedFrameRate).toBe(50)
    expect(source.frameRate(25)?.track.announcedFrameRate).toBe(25)
    expect(source.frameRate(1000)?.track).not.toHaveProperty('announcedFrameRate')
  })

  it('does not change a video that runs', () => {
    const source = new VideoSource()
    source.config(CONFIG, AVC_CONFIGURATION)
    source.frame(FRAME, true)
    expect(source.frameRate(25)).toBeUndefined()
  })
})
