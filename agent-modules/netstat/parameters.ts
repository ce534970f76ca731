/** The parameters of `netstat`, in MIG's JSON shape. Unknown keys are refused by name, never ignored. */
import { z } from 'zod'
import { parseNetwork } from '../support/ip-address.ts'
import { FilterError, quote } from '../support/filter-error.ts'
import { parseMacPattern } from '../support/hardware-address.ts'
import { filters, flag, optional } from '../support/search-parameters.ts'
import { SOCKET_STATES } from './socket.ts'

/** MIG's six questions, and `localport`. */
export const QUERY_KEYS = [
  'localmac',
  'neighbormac',
  'localip',
  'neighborip',
  'connectedip',
  'listeningport',
  'localport',
] as const
export type QueryKey = (typeof QUERY_KEYS)[number]

const macs = filters(parseMacPattern)

const networks = filters((text) => {
  if (parseNetwork(text) === undefined)
    throw new FilterError(
      `${quote(text)} is no address or network: write 10.1.2.3, 10.0.0.0/8, fe80::1 or fe80::/10`,
    )
})

const ports = filters((text) => {
  if (!/^(?:0|[1-9][0-9]{0,4})$/.test(text) || Number(text) > 65_535)
    throw new FilterError(`${quote(text)} is no port: write a number of 0 to 65535`)
})

export const parameters = z
  .strictObject({
    localmac: macs,
    neighbormac: macs,
    localip: networks,
    neighborip: networks,
    connectedip: networks,
    listeningport: ports,
    localport: ports,
    /** Only sockets in one of these states count for `connectedip` and `localport`. */
    states: optional(z.array(z.enum(SOCKET_STATES)).max(SOCKET_STATES.length), []),
    namespaces: flag,
  })
  .refine((asked) => QUERY_KEYS.some((key) => asked[key].length > 0), {
    error: `ask at least one of ${QUERY_KEYS.join(', ')}`,
  })
  .refine(
    (asked) => asked.states.length === 0 || asked.connectedip.length + asked.localport.length > 0,
    {
      error: 'states narrow connectedip and localport: ask one of them',
      path: ['states'],
    },
  )
export type Parameters = z.infer<typeof parameters>
