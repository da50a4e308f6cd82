import { LONGEST_WINDOW_SECONDS, SHORTEST_WINDOW_SECONDS } from '@sluice/cluster'
import Type from 'typebox'

/** How far back viewers may seek, as a request gives it. */
export const windowSecondsChange: Type.TInteger = Type.Integer({
  minimum: 0,
  maximum: LONGEST_WINDOW_SECONDS,
  description: `How far back viewers may seek, from the next broadcast on: a whole number of seconds from ${SHORTEST_WINDOW_SECONDS} to ${LONGEST_WINDOW_SECONDS}, or 0 for the gateway’s own`,
})
