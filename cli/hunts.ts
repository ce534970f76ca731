/** Actions of this home, found by the beginning of their id, as git does. */
import { MeshError } from '../node/core/errors.ts'
import type { HuntRecord } from '../node/core/hunt.ts'
import type { InvestigatorApi } from '../node/core/investigator-api.ts'

/** What is shown of an id; unique among any number of actions that one home will see. */
const SHORT_LENGTH = 12

export const shortId = (id: string): string => id.slice(0, SHORT_LENGTH)

/** @throws MeshError NOT_FOUND, AMBIGUOUS */
export async function findHunt(api: InvestigatorApi, prefix: string): Promise<HuntRecord> {
  const wanted = prefix.toLowerCase()
  const matches = (await api.hunts()).filter(
    ({ action }) => wanted !== '' && action.startsWith(wanted),
  )
  const [hunt, another] = matches
  if (hunt === undefined) throw new MeshError({ code: 'NOT_FOUND', what: 'action', id: prefix })
  if (another === undefined) return hunt
  throw new MeshError({ code: 'AMBIGUOUS', what: 'action', id: prefix, matches: matches.length })
}
