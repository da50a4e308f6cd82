import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse } from '../http/problem.ts'

const worker = Type.Object({
  id: Type.String(),
  host: Type.String(),
  startedAt: Type.String({ format: 'date-time' }),
  seenAt: Type.String({ format: 'date-time', description: 'Its latest heartbeat' }),
  ffmpegVersion: Type.String(),
  encoders: Type.Array(Type.String(), { description: 'What its ffmpeg really has' }),
  videoEncoder: Type.String({ description: 'The one that makes the pictures of its ladders' }),
  capacity: Type.Integer({ description: 'Broadcasts it takes at a time' }),
  running: Type.Integer({ description: 'Broadcasts it has now' }),
})

/** `/v1/workers` */
export function workerRoutes(api: ApiServer, context: ApiContext): void {
  api.get(
    '/workers',
    {
      schema: {
        tags: ['workers'],
        security: [{ operator: [] }],
        operationId: 'listWorkers',
        summary: 'The workers that are there, and the broadcasts that wait for one',
        response: {
          200: Type.Object(
            {
              workers: Type.Array(worker),
              waiting: Type.Integer({ description: 'Broadcasts that no worker has taken yet' }),
            },
            { description: 'The workers' },
          ),
          401: problemResponse('No valid operator token'),
          503: problemResponse('Redis is away'),
        },
      },
    },
    async () => {
      const cluster = context.cluster()
      const [records, waiting] = await Promise.all([cluster.workers.list(), cluster.jobs.waiting()])
      const workers = records.map(({ encoders, startedAt, seenAt, ...rest }) => ({
        ...rest,
        encoders: [...encoders],
        startedAt: new Date(startedAt).toISOString(),
        seenAt: new Date(seenAt).toISOString(),
      }))
      return { workers, waiting }
    },
  )
}
