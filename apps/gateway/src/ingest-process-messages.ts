import type { IngestRole } from '@sluice/ingest'
import type { MetricsSnapshot } from '@sluice/metrics'
import type { Config } from '@sluice/runtime'

/** Where publishers and players can come to: of the first process, all that are on; of the others, all but the tunnels'. */
export type PortsInUse = Pick<IngestRole, 'ports' | 'flvPort'>

/** What the parent tells a process of an ingest. */
export type ParentMessage =
  | {
      readonly type: 'start'
      readonly config: Config
      readonly redisUrl: string
      /** See the ingest's own options. */
      readonly sameProcess: boolean
      readonly processIndex: number
    }
  | { readonly type: 'stop' }
  /** What does it measure? It answers once for each time it is asked. */
  | { readonly type: 'measure' }

/** What it tells the parent. */
export type ChildMessage =
  /** It listens now: what was sent earlier is lost. */
  | { readonly type: 'listening' }
  | ({ readonly type: 'ready' } & PortsInUse)
  | { readonly type: 'measured'; readonly metrics: MetricsSnapshot }
  /** It cannot start, and ends. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
