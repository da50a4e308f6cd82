import { type AmfMap, AmfObject, type AmfValue, isAmfMap } from '@sluice/amf'

/** Bits of `capsEx`. */
export const CapsEx = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const

/** Bits of a codec's entry in `videoFourCcInfoMap` and `audioFourCcInfoMap`. */
export const FourCcInfo = { decode: 1, encode: 2, forward: 4 } as const

/** Bits of `videoFunction`. */
export const VideoFunction = { clientSeek: 1, hdr: 2, metadataPackets: 4, largeScaleTiles: 8 } as const

/**
 * What one side of a connection says it can do beyond RTMP 1.0. Codecs are FourCCs as in FLV (`avc1`, `.mp3`); `*`
 * stands for all of them.
 *
 * @see Enhanced RTMP v2, Enhancing NetConnection connect Command
 */
export interface EnhancedCapabilities {
  /** Codecs by name alone: the way of Enhanced RTMP v1. */
  readonly fourCcList: readonly string[]
  /** What can be done with each video codec: bits of `FourCcInfo`. */
  readonly videoFourCcInfoMap: ReadonlyMap<string, number>
  /** What can be done with each audio codec: bits of `FourCcInfo`. */
  readonly audioFourCcInfoMap: ReadonlyMap<string, number>
  /** Bits of `CapsEx`. */
  readonly capsEx: number
  /** Bits of `VideoFunction`. */
  readonly videoFunction: number
}

const VIDEO_CODECS = ['avc1', 'hvc1', 'av01', 'vp09', 'vp08']
const AUDIO_CODECS = ['mp4a', 'Opus', 'fLaC', 'ac-3', 'ec-3', '.mp3']

/** Every codec that is read here, and every capability. */
export const DEFAULT_ENHANCED_CAPABILITIES: EnhancedCapabilities = {
  fourCcList: [...VIDEO_CODECS, ...AUDIO_CODECS],
  videoFourCcInfoMap: decodes(VIDEO_CODECS),
  audioFourCcInfoMap: decodes(AUDIO_CODECS),
  capsEx: CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset,
  videoFunction: 0,
}

function decodes(codecs: readonly string[]): ReadonlyMap<string, number> {
  return new Map(codecs.map((codec) => [codec, FourCcInfo.decode]))
}

/**
 * Reads what a client offers in the command object of `connect`. A property of another type than it should have
 * counts as missing.
 *
 * @returns undefined where it offers nothing. The one bit of `videoFunction` that Flash already had is no offer.
 * @see Enhanced RTMP v2, Enhancing NetConnection connect Command
 */
export function readEnhancedCapabilities(properties: AmfMap): EnhancedCapabilities | undefined {
  const fourCcList = properties.get('fourCcList')
  const video = properties.get('videoFourCcInfoMap')
  const audio = properties.get('audioFourCcInfoMap')
  const capsEx = properties.get('capsEx')
  const videoFunction = flags(properties.get('videoFunction'))
  const isOffer =
    Array.isArray(fourCcList) ||
    isAmfMap(video) ||
    isAmfMap(audio) ||
    isFlags(capsEx) ||
    videoFunction > VideoFunction.clientSeek
  if (!isOffer) return undefined
  return {
    fourCcList: Array.isArray(fourCcList) ? fourCcList.filter((codec) => typeof codec === 'string') : [],
    videoFourCcInfoMap: infoMap(video),
    audioFourCcInfoMap: infoMap(audio),
    capsEx: flags(capsEx),
    videoFunction,
  }
}

/** The properties that say the same, for the answer to `connect`. */
export function enhancedProperties(capabilities: EnhancedCapabilities): Readonly<Record<string, AmfValue>> {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction } = capabilities
  return {
    fourCcList,
    videoFourCcInfoMap: new AmfObject(videoFourCcInfoMap),
    audioFourCcInfoMap: new AmfObject(audioFourCcInfoMap),
    capsEx,
    videoFunction,
  }
}

function infoMap(value: AmfValue): ReadonlyMap<string, number> {
  const map = new Map<string, number>()
  if (!isAmfMap(value)) return map
  for (const [codec, info] of value) {
    if (isFlags(info)) map.set(codec, info)
  }
  return map
}

function flags(value: AmfValue): number {
  return isFlags(value) ? value : 0
}

/** Bits in a number: whole and not beyond 31 of them, so that operators for bits hold. */
function isFlags(value: AmfValue): value is number {
  return typeof value === 'number' && (value | 0) === value && value >= 0
}
