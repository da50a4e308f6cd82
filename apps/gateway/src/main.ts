#!/usr/bin/env node
import cluster from 'node:cluster'

// A process of an ingest loads no more than it needs.
process.exitCode = cluster.isWorker
  ? await (await import('./ingest-process.ts')).runIngestProcess()
  : await (await import('./command-line.ts')).main(process.argv.slice(2))
// Everything was stopped in order; a stray handle must not keep the process.
process.exit()
