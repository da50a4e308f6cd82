import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { isStreamName } from '@sluice/cluster'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { IMMUTABLE } from './headers.ts'
import { notFound, sendProblem } from './problem.ts'

/** Pages load their own files and, with them, media from anywhere; players make media and workers from blobs. */
const PAGE_POLICY = [
  "default-src 'self'",
  'connect-src *',
  'media-src * blob:',
  "worker-src 'self' blob:",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Adds the watch page, the start page and their files.
 *
 * @param webRoot - where the web app was built to. What is missing there is answered with 404.
 */
export async function addPageRoutes(app: FastifyInstance, webRoot: string): Promise<void> {
  const assets = join(webRoot, 'assets')
  const built = existsSync(assets)
  await app.register(fastifyStatic, {
    root: built ? assets : webRoot,
    prefix: '/assets/',
    serve: built,
    // Only the files that exist at the start are routes: no path of a request ever reaches the file system.
    wildcard: false,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) =>
      void reply.header('cache-control', path.startsWith(assets) ? IMMUTABLE : 'no-cache'),
  })

  app.get('/', (_, reply) => sendPage(reply, webRoot, 'index.html'))
  for (const path of ['/watch/:stream', '/watch/:stream/'])
    app.get<{ Params: { stream: string } }>(path, (request, reply) => {
      if (!isStreamName(request.params.stream))
        return sendProblem(reply, notFound('no stream can have this name'))
      return sendPage(reply, webRoot, 'watch.html')
    })
}

function sendPage(reply: FastifyReply, webRoot: string, file: string): FastifyReply {
  if (!existsSync(join(webRoot, file)))
    return sendProblem(reply, notFound(`${file} was not built: run "npm run build"`, 'origin.page.missing'))
  reply.header('content-security-policy', PAGE_POLICY)
  return reply.sendFile(file, webRoot, { cacheControl: false })
}
