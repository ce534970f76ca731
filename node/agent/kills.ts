/**
 * Operations that this host had to kill for what they took: asked again by an action from before the kill, they are refused
 * with the reason. An action made since may run: who signed it could know. Not for keeping one action from running twice
 * (the journal).
 */
import { z } from 'zod'
import { type Action, CLOCK_SKEW_MS, LIFETIME_LIMIT_MS, type Operation } from '../core/action.ts'
import { fromUtf8, sha256Hex, toUtf8 } from '../core/bytes.ts'
import { parseWith } from '../core/parse.ts'
import type { Clock, Records } from '../core/ports.ts'
import type { OperationResult } from '../core/result.ts'
import { toInstant } from '../core/time.ts'
import type { Insist } from './insist.ts'

const kill = z.strictObject({ at: z.number(), why: z.string() })
type Kill = z.infer<typeof kill>

export interface Kills {
  /** Why one of these operations must not be tried by this action; `undefined` when none was killed since it was made. */
  refusalOf(action: Action): Promise<string | undefined>
  /** Results stand in the order of their operations. Never rejects. */
  remember(operations: readonly Operation[], results: readonly OperationResult[]): Promise<void>
  /** Forgets kills that no action can be older than. */
  sweep(): Promise<void>
}

export interface KillsPorts {
  readonly clock: Pick<Clock, 'now'>
  readonly records: Records
  readonly insist: Insist
}

export function createKills({ clock, records, insist }: KillsPorts): Kills {
  return {
    async refusalOf({ operations, seq: madeAtMs }) {
      for (const operation of operations) {
        const known = decodeKill(await records.get(keyOf(operation)))
        if (known !== undefined && known.at >= madeAtMs)
          return `${operation.module} was killed at ${toInstant(known.at)}: ${known.why}; sign it again to run it all the same`
      }
      return undefined
    },
    async remember(operations, results) {
      for (const [index, { status, errors }] of results.entries()) {
        const operation = operations[index]
        if (status !== 'killed' || operation === undefined) continue
        const value = encodeKill({ at: clock.now(), why: errors[0] ?? '' })
        // Fails only while the node closes: what is lost is a warning.
        await insist('kill', () => records.put(keyOf(operation), value)).catch(() => undefined)
      }
    },
    async sweep() {
      const oldestMs = clock.now() - LIFETIME_LIMIT_MS - 3 * CLOCK_SKEW_MS
      for await (const [key, bytes] of records.entries()) {
        const known = decodeKill(bytes)
        if (known === undefined || known.at < oldestMs) await records.delete(key)
      }
    },
  }
}

const keyOf = ({ module, parameters }: Operation): string =>
  sha256Hex(toUtf8(JSON.stringify([module, parameters])))

const encodeKill = (known: Kill): Uint8Array => toUtf8(JSON.stringify(known))

/** `undefined` for what is not there, or damaged. */
function decodeKill(bytes: Uint8Array | undefined): Kill | undefined {
  if (bytes === undefined) return undefined
  try {
    const parsed = parseWith(kill, JSON.parse(fromUtf8(bytes)))
    return parsed.ok ? parsed.value : undefined
  } catch {
    return undefined
  }
}
