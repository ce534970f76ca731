/** What a program of the host prints, as text, or why it does not. Not for output that is looked at while it comes, or that counts though the program failed (program.ts). */
import type { Machine } from './machine.ts'
import type { ProgramOptions } from './program.ts'

export type Printed =
  | { readonly kind: 'printed'; readonly text: string }
  /** `reason` goes on from the program's name: `is not installed`. */
  | { readonly kind: 'missing' | 'failed'; readonly reason: string }

export interface PrintOptions extends ProgramOptions {
  /** It fails also where it merely has nothing to tell. */
  readonly mayFail?: boolean
}

export async function printedBy(
  machine: Machine,
  [name = '', ...args]: readonly string[],
  { mayFail = false, ...options }: PrintOptions,
): Promise<Printed> {
  const outcome = await machine.run(name, args, options)
  if (outcome.kind === 'missing')
    return { kind: 'missing', reason: outcome.reason ?? 'is not installed' }
  if (outcome.kind === 'stopped') return { kind: 'failed', reason: outcome.reason }
  if (outcome.code !== 0 && !mayFail)
    return { kind: 'failed', reason: `ended with ${outcome.code}` }
  return { kind: 'printed', text: outcome.stdout.toString() }
}
