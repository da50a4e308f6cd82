export type {
  AudioRendition,
  DiscontinuityEvent,
  EndEvent,
  InitSegment,
  PartEvent,
  Rendition,
  RenditionEvent,
  RenditionRemovedEvent,
  SegmentEvent,
  StartEvent,
  TimelineEvent,
  VideoRendition,
} from './timeline/events.ts'
