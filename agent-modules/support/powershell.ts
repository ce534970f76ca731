/** Asks a Windows host's PowerShell for objects. Scripts are constants of this product: nothing that was asked is ever part of one. */
import type { z } from 'zod'
import type { Machine } from './machine.ts'

/** Text leaves it as UTF-8, whatever the host's language. */
const PREAMBLE = '[Console]::OutputEncoding=[Text.Encoding]::UTF8;'
const TIMEOUT_MS = 60_000

export const powerShellArguments = (script: string): readonly string[] => [
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  PREAMBLE + script,
]

export type PowerShellAnswer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly reason: string }

/** `script` prints one JSON value. */
export async function askPowerShell<T>(
  machine: Machine,
  script: string,
  { signal, schema }: { readonly signal: AbortSignal; readonly schema: z.ZodType<T> },
): Promise<PowerShellAnswer<T>> {
  const args = powerShellArguments(script)
  const outcome = await machine.run('powershell', args, { signal, timeoutMs: TIMEOUT_MS })
  if (outcome.kind === 'missing') return failed('is not installed')
  if (outcome.kind === 'stopped') return failed(outcome.reason)
  if (outcome.code !== 0) return failed(`ended with ${outcome.code}`)
  try {
    const parsed = schema.safeParse(JSON.parse(withoutMark(outcome.stdout.toString())))
    return parsed.success
      ? { kind: 'answered', value: parsed.data }
      : failed('answered in another form than expected')
  } catch {
    return failed('did not answer with JSON')
  }
}

/** UTF-8 may begin with a byte order mark. */
const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')

const failed = (reason: string): { readonly kind: 'failed'; readonly reason: string } => ({
  kind: 'failed',
  reason: `powershell ${reason}`,
})
