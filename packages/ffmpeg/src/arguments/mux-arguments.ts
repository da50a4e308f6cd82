import type { Millis } from '@sluice/core'

/**
 * Fragmented MP4 on a pipe. A fragment is written as soon as the frame behind it is known (a frame's duration is part
 * of its fragment), with the encoder's own timestamps:
 *
 * - `empty_moov`: the init segment comes first, before any frame.
 * - `frag_duration`: each fragment costs a write here and a read there, so a few frames go together. `frag_keyframe`: a
 *   keyframe begins one.
 * - `frag_discont`, no edit list, `avoid_negative_ts disabled`: `tfdt` is the frame's decode time, not the time since
 *   the first one. At the beginning of a broadcast it can be negative (B-frames, audio priming): two's complement.
 *
 * @param fragment - a fragment ends at the first frame that begins so long after its start; 0: each frame for itself.
 */
export function fragmentedMp4(fragment: Millis): string[] {
  return [
    '-f',
    'mp4',
    '-movflags',
    '+empty_moov+default_base_moof+frag_keyframe+frag_discont+skip_trailer',
    '-frag_duration',
    // 0 would be no limit at all.
    `${Math.max(1, Math.round(fragment * 1000))}`,
    '-use_editlist',
    '0',
    '-avoid_negative_ts',
    'disabled',
    '-flush_packets',
    '1',
    '-map_metadata',
    '-1',
  ]
}
