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

type Renderers = { readonly [C in ErrorCode]: (it: Extract<ErrorDetail, { code: C }>) => string }

/** Every code's sentence; README lists the codes, and a test compares. */
const RENDERERS: Renderers = {
  TOO_LARGE: (it) => `${it.what} has ${it.size} bytes, more than the ${it.limit} allowed`,
  ENVELOPE_MALFORMED: (it) => `not a signed document: ${it.reason}`,
  PAYLOAD_MALFORMED: (it) => `not a valid ${it.what}: ${it.reason}`,
  TARGET_INVALID: (it) =>
    `target: ${it.reason}, at position ${it.position + 1}: ${excerpt(it.target, it.position)}`,
  POLICY_INVALID: (it) => `policy: ${at(it.path)}${it.reason}`,
  CONFIG_INVALID: (it) => `${it.file}: ${at(it.path)}${it.reason}`,
  ACTION_INVALID: (it) => `action: ${at(it.path)}${it.reason}`,
  MODULE_UNKNOWN: (it) =>
    `no module is called ${quote(it.module)}; there are: ${it.known.join(', ')}`,
  PARAMETERS_INVALID: (it) => `${it.module}: ${at(it.path)}${it.reason}`,
  FLAG_INVALID: (it) => `${it.flag}: ${it.reason}`,
  KEY_INVALID: (it) => `key ${it.key}: ${it.reason}`,
  SIGNING_FAILED: (it) => `cannot sign with ${it.key}: ${it.reason}`,
  SEAL_INVALID: (it) => `sealed result cannot be opened: ${it.reason}`,
  FRAME_INVALID: (it) => `peer broke the protocol: ${it.reason}`,
  STREAM_CLOSED: (it) => `stream closed: ${it.reason}`,
  PEER_UNREACHABLE: (it) => `peer ${it.peer} cannot be reached: ${it.reason}`,
  HOME_INVALID: (it) => `home ${it.path}: ${it.reason}`,
  HOME_BUSY: (it) => `home ${it.path} is in use by another process`,
  FILE_UNREADABLE: (it) => `${it.path}: ${it.reason}`,
  REFUSED: (it) => `refused, nothing sent: ${it.explanation}`,
  NOT_FOUND: (it) => `no ${it.what} ${quote(it.id)} here`,
  AMBIGUOUS: (it) => `${it.matches} ${it.what}s begin with ${quote(it.id)}; give more of the id`,
  EVIDENCE_INVALID: (it) => `evidence does not hold: ${it.reason}`,
  NODE_FAILED: (it) => `the running node failed: ${it.reason}`,
}

export const ERROR_CODES = Object.keys(RENDERERS) as readonly ErrorCode[]

/** Each renderer takes its own detail, which is what its code selects; the compiler cannot follow that. */
function render(detail: ErrorDetail): string {
  const renderer = RENDERERS[detail.code] as (it: ErrorDetail) => string
  return renderer(detail)
}

const at = (path: string): string => (path === '' ? '' : `${path}: `)
const quote = (text: string): string => JSON.stringify(text)
const excerpt = (text: string, position: number): string =>
  quote(text.slice(Math.max(0, position - 20), position + 40))
