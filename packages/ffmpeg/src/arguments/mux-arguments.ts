/**
 * Fragmented MP4 on a pipe, one frame per fragment, written as soon as the next frame is known (a frame's duration
 * is part of its fragment), with the encoder's own timestamps:
 *
 * - `empty_moov`: the init segment comes first, before any frame.
 * - `frag_discont`, no edit list, `avoid_negative_ts disabled`: `tfdt` is the frame's decode time, not the time since
 *   the first one. At the beginning of a broadcast it can be negative (B-frames, audio priming): two's complement.
 */
export const FRAGMENTED_MP4: readonly string[] = [
  '-f',
  'mp4',
  '-movflags',
  '+empty_moov+default_base_moof+frag_every_frame+frag_discont+skip_trailer',
  '-use_editlist',
  '0',
  '-avoid_negative_ts',
  'disabled',
  '-flush_packets',
  '1',
  '-map_metadata',
  '-1',
]
