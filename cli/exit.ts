/** What `mig` says to a script when it ends, and which error leads there. */
import { MeshError, type ErrorCode, type ErrorDetail } from '../node/core/errors.ts'
import { isSettled, type Tally } from '../node/core/hunt.ts'
import { closest } from '../agent-modules/support/suggest.ts'

export const EXIT = {
  /** All answered, or nothing to wait for. */
  ok: 0,
  internal: 1,
  /** Bad input: nothing sent, nothing lost. */
  usage: 2,
  /** The policy does not allow it: nothing sent. */
  refused: 3,
  /** Some target silent, refused or failed, or nobody confirmed to have stored it. */
  partial: 4,
  nobody: 5,
  unverified: 6,
  /** With --exit-match: something was found. */
  matched: 10,
  interrupted: 130,
  terminated: 143,
} as const

const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  TOO_LARGE: EXIT.usage,
  ENVELOPE_MALFORMED: EXIT.usage,
  PAYLOAD_MALFORMED: EXIT.usage,
  TARGET_INVALID: EXIT.usage,
  POLICY_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  ACTION_INVALID: EXIT.usage,
  MODULE_UNKNOWN: EXIT.usage,
  PARAMETERS_INVALID: EXIT.usage,
  FLAG_INVALID: EXIT.usage,
  KEY_INVALID: EXIT.usage,
  SIGNING_FAILED: EXIT.usage,
  SEAL_INVALID: EXIT.internal,
  FRAME_INVALID: EXIT.internal,
  STREAM_CLOSED: EXIT.internal,
  PEER_UNREACHABLE: EXIT.internal,
  HOME_INVALID: EXIT.usage,
  HOME_BUSY: EXIT.usage,
  FILE_UNREADABLE: EXIT.usage,
  REFUSED: EXIT.refused,
  NOT_FOUND: EXIT.usage,
  AMBIGUOUS: EXIT.usage,
  EVIDENCE_INVALID: EXIT.unverified,
  NODE_FAILED: EXIT.internal,
}

/** 130 for SIGINT, 143 for SIGTERM. */
export const interruptedCode = (signal: AbortSignal): number =>
  typeof signal.reason === 'number' ? signal.reason : EXIT.interrupted

/** Anything that is not a MeshError is a fault of this product. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof MeshError ? EXIT_OF[error.code] : EXIT.internal

/** What to do about it, when that is not part of the message. */
export function hintOf(detail: ErrorDetail, commands: readonly string[]): string | undefined {
  if (detail.code === 'MODULE_UNKNOWN') {
    const near = closest(detail.module, [...commands, ...detail.known])
    return near === undefined ? 'mig help lists commands and modules' : `did you mean: mig ${near}?`
  }
  if (detail.code === 'REFUSED' && detail.reason === 'too-little-weight') return SECOND_PERSON
  return HINTS[detail.code]
}

const SECOND_PERSON =
  'sign with -s > a.json; a second person runs: mig sign a.json > b.json; then: mig launch b.json'

const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  HOME_BUSY: 'another mig is starting or ending there; to keep a node running: mig up',
  SIGNING_FAILED: 'mig keys shows which key this home signs with',
  NOT_FOUND: 'mig results lists the actions of this home',
}

/** The exit code of a hunt that was followed to its end. */
export function exitCodeOfHunt(
  tally: Tally,
  { isConfirmed, isMatchAsked }: { isConfirmed: boolean; isMatchAsked: boolean },
): number {
  const { answered, waiting, silent } = tally.counts
  const total = tally.targets.length
  if (total === waiting + silent) return EXIT.nobody
  if (isMatchAsked && tally.found > 0) return EXIT.matched
  return answered === total && isSettled(tally) && isConfirmed ? EXIT.ok : EXIT.partial
}
