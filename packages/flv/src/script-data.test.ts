import { AmfEcmaArray, AmfObject } from '@sluice/amf'
import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readMetadata } from './metadata.ts'
import { readScriptData, writeScriptData } from './script-data.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

const NAME = '02 000a 6f6e4d65746144617461' // onMetaData
const VALUE = '08 00000001 0005 7769647468 00 4084000000000000 000009' // width: 640

describe('script data', () => {
  const value = AmfEcmaArray.of({ width: 640 })

  it('is read and written', () => {
    expect(readScriptData(bytes(NAME + VALUE))).toStrictEqual({ name: 'onMetaData', value })
    expect(toHex(writeScriptData('onMetaData', value))).toBe((NAME + VALUE).replaceAll(' ', ''))
  })

  it('is read behind @setDataFrame', () => {
    const setDataFrame = '02 000d 4073657444617461 4672616d65'
    expect(readScriptData(bytes(setDataFrame + NAME + VALUE))).toStrictEqual({ name: 'onMetaData', value })
  })

  it('may have a name alone', () => {
    expect(readScriptData(bytes(NAME))).toStrictEqual({ name: 'onMetaData', value: undefined })
  })

  it.each([
    ['flv.script.no_name', ''],
    ['flv.script.no_name', VALUE],
    ['flv.script.no_name', '02 000d 4073657444617461 4672616d65'],
    ['core.bytes.truncated', NAME.slice(0, -2)],
  ])('throws %s', (code, hex) => {
    expect(() => readScriptData(bytes(hex))).toThrow(expect.objectContaining({ code }))
  })
})

describe('readMetadata', () => {
  it('reads what OBS sends', () => {
    const metadata = AmfEcmaArray.of({
      duration: 0,
      fileSize: 0,
      width: 1280,
      height: 720,
      videocodecid: 7,
      videodatarate: 2500,
      framerate: 30,
      audiocodecid: 10,
      audiodatarate: 160,
      audiosamplerate: 48_000,
      stereo: true,
      encoder: 'obs-output module (libobs version 29.0.2)',
    })
    expect(readMetadata(metadata)).toStrictEqual({
      width: 1280,
      height: 720,
      frameRate: 30,
      hasVideo: true,
      hasAudio: true,
      videoBitrate: 2_500_000,
      audioBitrate: 160_000,
      encoder: 'obs-output module (libobs version 29.0.2)',
    })
  })

  it('believes the flags before the codec ids', () => {
    const metadata = AmfObject.of({ hasVideo: false, videocodecid: 7, hasAudio: 'yes', audiocodecid: 'mp4a' })
    expect(readMetadata(metadata)).toStrictEqual({ hasVideo: false, hasAudio: true })
  })

  it('takes numbers written as text and other names of the frame rate', () => {
    expect(readMetadata(AmfObject.of({ width: ' 640', fps: '29.97' }))).toStrictEqual({
      width: 640,
      frameRate: 29.97,
    })
    expect(readMetadata(AmfObject.of({ framerate: 0, videoframerate: 25 }))).toStrictEqual({ frameRate: 25 })
  })

  it('passes over junk', () => {
    const junk = AmfObject.of({
      width: Number.NaN,
      height: -720,
      framerate: Number.POSITIVE_INFINITY,
      fps: '',
      videodatarate: 'fast',
      audiodatarate: 1e12,
      videocodecid: null,
      audiocodecid: AmfObject.of({}),
      encoder: ['x'],
    })
    expect(readMetadata(junk)).toStrictEqual({})
    expect(readMetadata(AmfObject.of({ encoder: '' }))).toStrictEqual({})
  })

  it('shortens a long encoder name', () => {
    expect(readMetadata(AmfObject.of({ encoder: 'x'.repeat(1000) })).encoder).toHaveLength(200)
  })

  it.each([null, undefined, 'text', 5, [AmfObject.of({ width: 640 })]])('finds nothing in %o', (value) => {
    expect(readMetadata(value)).toStrictEqual({})
  })
})
