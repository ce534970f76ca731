/** Asks a Windows host's PowerShell for objects. Scripts are constants of this product: nothing that was asked is ever part of one. */
import type { z } from 'zod'
import type { Machine } from './machine.ts'
import { printedBy } from './program-output.ts'

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

export interface PowerShellOptions<T> {
  readonly schema: z.ZodType<T>
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

/** `script` prints one JSON value. */
export async function askPowerShell<T>(
  machine: Machine,
  script: string,
  { schema, signal, timeoutMs = TIMEOUT_MS }: PowerShellOptions<T>,
): Promise<PowerShellAnswer<T>> {
  const printed = await printedBy(machine, ['powershell', ...powerShellArguments(script)], {
    signal,
    timeoutMs,
  })
  if (printed.kind !== 'printed') return failed(printed.reason)
  try {
    const parsed = schema.safeParse(JSON.parse(withoutMark(printed.text)))
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
