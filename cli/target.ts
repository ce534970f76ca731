/** A target as it is typed to the target that is signed: macros, `all`, and the agents of an earlier action. */
import { TARGET_SIZE_LIMIT } from '../node/core/action.ts'
import { isSettled } from '../node/core/hunt.ts'
import type { InvestigatorApi } from '../node/core/investigator-api.ts'
import { flagInvalid } from './cli.ts'
import { findHunt } from './hunts.ts'
import type { HuntOptions } from './hunt-options.ts'

/** Runs here, without a mesh. */
export const LOCAL = 'local'

/** Names that stand for a condition; those of the configuration win. */
const MACROS: Readonly<Record<string, string>> = { all: 'true' }

/** The condition behind a macro's name, else the text itself. */
export function expandTarget(text: string, macros: Readonly<Record<string, string>>): string {
  const name = text.trim()
  if (Object.hasOwn(macros, name)) return macros[name] ?? text
  return Object.hasOwn(MACROS, name) ? (MACROS[name] ?? text) : text
}

/** @throws MeshError TARGET_INVALID with the position */
export async function checkTarget(target: string): Promise<void> {
  const { parseTarget } = await import('../node/core/target/parse.ts')
  parseTarget(target)
}

/** Narrows a target to agents of an earlier action, as this home knows its answers. @throws MeshError FLAG_INVALID, NOT_FOUND, AMBIGUOUS */
export async function narrowTarget(
  base: string,
  { id, isFound }: NonNullable<HuntOptions['earlier']>,
  api: InvestigatorApi,
): Promise<string> {
  const flag = isFound ? '-target-found' : '-target-notfound'
  const { action } = await findHunt(api, id)
  const { tally } = await api.report(action)
  const peers = tally.targets
    .filter(({ state, found }) => state === 'answered' && found === isFound)
    .map(({ peer }) => peer)
  if (peers.length === 0) {
    const still = isSettled(tally) ? '' : '; some are still out'
    throw flagInvalid(
      flag,
      `no agent ${isFound ? 'found anything' : 'answered that it found nothing'} in ${id}${still}`,
    )
  }
  const list = `id IN (${peers.map((peer) => `'${peer}'`).join(', ')})`
  const target = base === MACROS['all'] ? list : `${list} AND (${base})`
  if (Buffer.byteLength(target) <= TARGET_SIZE_LIMIT) return target
  const reason = `${peers.length} agents make a target of more than ${TARGET_SIZE_LIMIT} bytes; narrow it with a condition they share`
  throw flagInvalid(flag, reason)
}
