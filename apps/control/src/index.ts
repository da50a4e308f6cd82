/**
 * The operator API: streams, keys, what is on air, workers, health. It edits records in Redis and sends
 * commands; running streams do not notice when it is away. Leaves out the dashboard and anything viewers ask for.
 *
 * - `start.ts` the role; `operator-token.ts` its first token
 * - `http/` the server, bearer tokens, problem details
 * - `streams/`, `workers/`, `health/` routes and what they show
 * - `openapi.ts` the API's own description, written to `docs/openapi.json` by `scripts/write-openapi.ts`
 */
export { openApiDocument } from './openapi.ts'
export { type Control, type ControlOptions, start } from './start.ts'
