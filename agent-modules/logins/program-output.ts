/** What a program of the host prints; where it does not, that is among the errors. */
import type { Asking } from './asking.ts'

const TIMEOUT_MS = 120_000

export async function outputOf(
  { machine, errors, signal }: Asking,
  name: string,
  args: readonly string[],
): Promise<string> {
  const outcome = await machine.run(name, args, { signal, timeoutMs: TIMEOUT_MS })
  if (outcome.kind === 'ended' && outcome.code === 0) return outcome.stdout.toString()
  if (outcome.kind === 'missing') errors.add(name, 'is not installed')
  else errors.add(name, outcome.kind === 'ended' ? `ended with ${outcome.code}` : outcome.reason)
  return ''
}
