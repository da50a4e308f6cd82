import type { Metrics, Reading } from '@sluice/metrics'
import type { StreamRun } from './stream-job.ts'
import type { WorkerTotals } from './worker-totals.ts'

/** What a worker has that is measured. */
export interface MeasuredWorker {
  readonly totals: WorkerTotals
  /** Those that go on. */
  readonly runs: ReadonlySet<StreamRun>
  /** Of broadcasts at a time. */
  readonly limit: number
}

/** Adds a worker to the metrics of its process. */
export function measureWorker(metrics: Metrics, { totals, runs, limit }: MeasuredWorker): void {
  metrics.collect((reading) => {
    const { add } = reading
    add('sluice_worker_jobs', runs.size)
    add('sluice_worker_jobs_limit', limit)
    addTotals(reading, totals)
    for (const { stream, epoch, pipeline, timeline } of runs) {
      add('sluice_worker_encoders', pipeline.runningEncoders)
      add('sluice_worker_unwritten_bytes', pipeline.pendingBytes)
      add('sluice_worker_timeline_events_waiting', timeline.waiting)
      if (!reading.hasSeries(stream)) continue
      add('sluice_stream_epoch', epoch, { stream })
      if (pipeline.encoderSpeed !== undefined)
        add('sluice_stream_encoder_speed_ratio', pipeline.encoderSpeed, { stream })
      add('sluice_stream_encoder_starts_total', pipeline.encoders.starts, { stream })
      add('sluice_stream_encoder_dropped_frames_total', pipeline.encoders.droppedFrames, { stream })
      for (const [rendition, bytes] of pipeline.writtenBytes)
        add('sluice_stream_written_bytes_total', bytes, { stream, rendition })
    }
  })
}

function addTotals({ add }: Reading, totals: WorkerTotals): void {
  const { runs, results, failures, encoders } = totals
  for (const [begin, count] of Object.entries(runs)) add('sluice_worker_runs_started_total', count, { begin })
  for (const [result, count] of Object.entries(results))
    add('sluice_worker_runs_ended_total', count, { result })
  for (const [code, count] of failures) add('sluice_worker_failures_total', count, { code })
  add('sluice_worker_encoder_starts_total', encoders.starts)
  for (const [cause, count] of Object.entries(encoders.failures))
    add('sluice_worker_encoder_failures_total', count, { cause })
  add('sluice_worker_encoded_frames_total', encoders.frames)
  add('sluice_worker_encoder_dropped_frames_total', encoders.droppedFrames)
  add('sluice_worker_parts_written_total', totals.parts)
  add('sluice_worker_segments_written_total', totals.segments)
  add('sluice_worker_written_bytes_total', totals.bytes)
  // Without a run there is nothing that could wait.
  add('sluice_worker_encoders', 0)
  add('sluice_worker_unwritten_bytes', 0)
  add('sluice_worker_timeline_events_waiting', 0)
}
