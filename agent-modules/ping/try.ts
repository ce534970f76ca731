/** One try to reach a destination, and what came of it. */

export type Outcome =
  | { readonly kind: 'answered'; readonly latencyMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'not permitted' }
  | { readonly kind: 'failed' }

export interface Destination {
  readonly address: string
  readonly family: number
  /** Of TCP and UDP. */
  readonly port: number
}

export interface TryOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
])
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** What a system's error says of a try. */
export function outcomeOf(error: unknown): Outcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return { kind: 'refused' }
  if (code === 'ETIMEDOUT') return { kind: 'timeout' }
  if (UNREACHABLE.has(code)) return { kind: 'unreachable' }
  return { kind: FORBIDDEN.has(code) ? 'not permitted' : 'failed' }
}
