/** What one run may take from the host, and the measured reasons. Enforced from outside the child (supervise.ts). */

const MIB = 1024 * 1024

export interface RunLimits {
  /** Resident bytes of the whole child, Node's own 45 to 80 MiB included. */
  readonly memoryBytes: number
  /** Bytes of answers; the result document of all operations may have 64 MiB. */
  readonly outputBytes: number
  readonly findings: number
  /** Longest run, whatever the caller asks for. */
  readonly timeoutMs: number
  /** Between SIGTERM and SIGKILL: time for a module to stop its host program. */
  readonly graceMs: number
  /** Runs at once; the default is half the cores, but two: a quick question does not wait for a slow one. */
  readonly concurrent: number
  /** Runs waiting for their turn; more are refused. */
  readonly waiting: number
}

/** The defaults for a machine with this many cores. */
export function defaultLimits(cores: number): RunLimits {
  return {
    memoryBytes: 256 * MIB,
    outputBytes: 32 * MIB,
    findings: 200_000,
    timeoutMs: 300_000,
    graceMs: 2000,
    concurrent: Math.max(2, Math.floor(cores / 2)),
    waiting: 256,
  }
}
