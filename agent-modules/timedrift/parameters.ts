/** The parameters of `timedrift`: MIG's, and which servers to ask. */
import { z } from 'zod'
import { parseDuration } from '../support/go-duration.ts'
import { parseServer } from './server.ts'

export const SERVERS_LIMIT = 8

const server = z.string().refine((name) => parseServer(name) !== undefined, {
  error: 'must be HOST, HOST:PORT or [IPv6]:PORT',
})

export const parameters = z
  .strictObject({
    /** Empty, as MIG's console writes it: only the local time. */
    drift: z
      .string()
      .refine((text) => text === '' || parseDuration(text) !== undefined, {
        error: 'must be a duration like 500ms, 5s or 1m30s',
      })
      .nullish(),
    /** Only these are asked. */
    servers: z.array(server).max(SERVERS_LIMIT).nullish(),
  })
  .refine(({ drift, servers }) => (servers ?? []).length === 0 || (drift ?? '') !== '', {
    error: 'servers are asked only with a drift',
    path: ['servers'],
  })
export type Parameters = z.infer<typeof parameters>
