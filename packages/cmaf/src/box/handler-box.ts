import { type BoxContent, fullBox } from './box.ts'

/**
 * HandlerBox: says whether the track is video or audio.
 *
 * @see ISO/IEC 14496-12 §8.4.3
 */
export function hdlr(kind: 'video' | 'audio'): BoxContent {
  return fullBox('hdlr', 0, 0, (writer) => {
    writer.u32be(0)
    writer.ascii(kind === 'video' ? 'vide' : 'soun').zeros(12)
    writer.ascii(kind === 'video' ? 'VideoHandler' : 'SoundHandler').u8(0)
  })
}
