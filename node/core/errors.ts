/** Every error this product raises on purpose, and the one place that words them. Not for expected bad news, which is a value (verdict.ts). */

export type ErrorDetail =
  | { code: 'TOO_LARGE'; what: string; size: number; limit: number }
  | { code: 'ENVELOPE_MALFORMED'; reason: string }
  | { code: 'PAYLOAD_MALFORMED'; what: string; reason: string }
  | { code: 'TARGET_INVALID'; reason: string; position: number; target: string }
  | { code: 'POLICY_INVALID'; path: string; reason: string }
  | { code: 'CONFIG_INVALID'; file: string; path: string; reason: string }
  | { code: 'ACTION_INVALID'; path: string; reason: string }
  | { code: 'MODULE_UNKNOWN'; module: string; known: readonly string[] }
  | { code: 'PARAMETERS_INVALID'; module: string; path: string; reason: string }
  | { code: 'FLAG_INVALID'; flag: string; reason: string }
  | { code: 'KEY_INVALID'; key: string; reason: string }
  | { code: 'SIGNING_FAILED'; key: string; reason: string }
  | { code: 'SEAL_INVALID'; reason: string }
  | { code: 'FRAME_INVALID'; reason: string }
  | { code: 'STREAM_CLOSED'; reason: string }
  | { code: 'PEER_UNREACHABLE'; peer: string; reason: string }
  | { code: 'TIMED_OUT'; what: string; afterMs: number }
  | { code: 'HOME_INVALID'; path: string; reason: string }
  | { code: 'HOME_BUSY'; path: string }
  | { code: 'FILE_UNREADABLE'; path: string; reason: string }
  | { code: 'REFUSED'; reason: string; explanation: string }
  | { code: 'NOT_FOUND'; what: string; id: string }
  | { code: 'AMBIGUOUS'; what: string; id: string; matches: number }
  | { code: 'EVIDENCE_INVALID'; reason: string }
  | { code: 'NODE_FAILED'; reason: string }

export type ErrorCode = ErrorDetail['code']

/** The product's only error class. Match by `code`, never by message. */
export class MeshError extends Error {
  readonly detail: ErrorDetail
  constructor(detail: ErrorDetail, options?: ErrorOptions) {
    super(render(detail), options)
    this.name = 'MeshError'
    this.detail = detail
  }
  get code(): ErrorCode {
    return this.detail.code
  }
}

/** True when `error` is a MeshError with this code. */
export function hasCode<C extends ErrorCode>(
  error: unknown,
  code: C,
): error is MeshError & { readonly detail: Extract<ErrorDetail, { code: C }> } {
  return error instanceof MeshError && error.code === code
}

/** The message of anything thrown, on one line, for `reason` fields. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/\s*\n\s*/g, ' ').trim()
}

function render(detail: ErrorDetail): string {
  switch (detail.code) {
    case 'TOO_LARGE':
      return `${detail.what} has ${detail.size} bytes, more than the ${detail.limit} allowed`
    case 'ENVELOPE_MALFORMED':
      return `not a signed document: ${detail.reason}`
    case 'PAYLOAD_MALFORMED':
      return `not a valid ${detail.what}: ${detail.reason}`
    case 'TARGET_INVALID':
      return `target: ${detail.reason}, at position ${detail.position + 1}: ${excerpt(detail.target, detail.position)}`
    case 'POLICY_INVALID':
      return `policy: ${at(detail.path)}${detail.reason}`
    case 'CONFIG_INVALID':
      return `${detail.file}: ${at(detail.path)}${detail.reason}`
    case 'ACTION_INVALID':
      return `action: ${at(detail.path)}${detail.reason}`
    case 'MODULE_UNKNOWN':
      return `no module is called ${quote(detail.module)}; there are: ${detail.known.join(', ')}`
    case 'PARAMETERS_INVALID':
      return `${detail.module}: ${at(detail.path)}${detail.reason}`
    case 'FLAG_INVALID':
      return `${detail.flag}: ${detail.reason}`
    case 'KEY_INVALID':
      return `key ${detail.key}: ${detail.reason}`
    case 'SIGNING_FAILED':
      return `cannot sign with ${detail.key}: ${detail.reason}`
    case 'SEAL_INVALID':
      return `sealed result cannot be opened: ${detail.reason}`
    case 'FRAME_INVALID':
      return `peer broke the protocol: ${detail.reason}`
    case 'STREAM_CLOSED':
      return `stream closed: ${detail.reason}`
    case 'PEER_UNREACHABLE':
      return `peer ${detail.peer} cannot be reached: ${detail.reason}`
    case 'TIMED_OUT':
      return `${detail.what} took longer than ${detail.afterMs} ms`
    case 'HOME_INVALID':
      return `home ${detail.path}: ${detail.reason}`
    case 'HOME_BUSY':
      return `home ${detail.path} is in use by another process`
    case 'FILE_UNREADABLE':
      return `${detail.path}: ${detail.reason}`
    case 'REFUSED':
      return `refused, nothing sent: ${detail.explanation}`
    case 'NOT_FOUND':
      return `no ${detail.what} ${quote(detail.id)} here`
    case 'AMBIGUOUS':
      return `${detail.matches} ${detail.what}s begin with ${quote(detail.id)}; give more of the id`
    case 'EVIDENCE_INVALID':
      return `evidence does not hold: ${detail.reason}`
    case 'NODE_FAILED':
      return `the running node failed: ${detail.reason}`
  }
}

const at = (path: string): string => (path === '' ? '' : `${path}: `)
const quote = (text: string): string => JSON.stringify(text)
const excerpt = (text: string, position: number): string =>
  quote(text.slice(Math.max(0, position - 20), position + 40))
