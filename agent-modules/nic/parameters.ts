/** The parameters of `nic`. Without any, all cards are listed. */
import { z } from 'zod'
import { parseMacPattern } from '../support/hardware-address.ts'
import { parsePattern } from '../support/pattern-filter.ts'
import { filters, flag } from '../support/search-parameters.ts'

export const parameters = z.strictObject({
  /** A card is found when one of them matches its name. */
  names: filters(parsePattern),
  /** And one of these its MAC. */
  macs: filters(parseMacPattern),
  /** And it is in promiscuous mode. */
  promiscuous: flag,
})
export type Parameters = z.infer<typeof parameters>
