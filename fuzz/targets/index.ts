import type { FuzzTarget } from '../engine/target.ts'
import { AMF_TARGETS } from './amf.ts'
import { BROADCAST_TARGETS } from './broadcast.ts'
import { CMAF_TARGET } from './cmaf.ts'
import { FLV_TARGETS } from './flv.ts'
import { MEDIA_TARGETS } from './media.ts'
import { PUBLISH_NAME_TARGETS } from './publish-name.ts'
import { RELAY_TARGETS } from './relay.ts'
import { RTMP_TARGETS } from './rtmp.ts'
import { TUNNEL_TARGET } from './tunnel.ts'
import { VIEWER_TARGETS } from './viewers.ts'

/** Every reader of bytes that come from outside. */
export const TARGETS: readonly FuzzTarget[] = [
  ...RTMP_TARGETS,
  TUNNEL_TARGET,
  ...AMF_TARGETS,
  ...FLV_TARGETS,
  ...MEDIA_TARGETS,
  CMAF_TARGET,
  ...BROADCAST_TARGETS,
  ...RELAY_TARGETS,
  ...PUBLISH_NAME_TARGETS,
  ...VIEWER_TARGETS,
]
