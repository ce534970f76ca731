/** Where one action stands on one agent, as it is kept on disk. Not for what ran (journal) nor what left (outbox). */
import { z } from 'zod'
import { fromUtf8, toUtf8 } from './bytes.ts'
import { parseWith } from './parse.ts'
import { agentRecord } from './target/record.ts'

const stateSchema = z.discriminatedUnion('phase', [
  /** The target was evaluated against these facts, and does not mean this host. */
  z.strictObject({ phase: z.literal('not-meant'), at: z.number(), facts: agentRecord }),
  /** It means this host; a run, a refusal or a cancellation follows. */
  z.strictObject({ phase: z.literal('meant'), at: z.number(), facts: agentRecord }),
  // Not strict: earlier versions wrote the answer's status as well, and such a record must still say that it was answered.
  z.object({ phase: z.literal('answered'), at: z.number() }),
])
export type ActionState = z.infer<typeof stateSchema>

export const encodeState = (state: ActionState): Uint8Array => toUtf8(JSON.stringify(state))

/** `undefined` for a record that cannot be read; the journal still knows whether the action ran. */
export function decodeState(bytes: Uint8Array): ActionState | undefined {
  try {
    const parsed = parseWith(stateSchema, JSON.parse(fromUtf8(bytes)))
    return parsed.ok ? parsed.value : undefined
  } catch {
    // Damaged on disk: as good as unknown.
    return undefined
  }
}
