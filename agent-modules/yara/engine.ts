/** What holds rules against bytes, whichever way YARA-X was built; and how its reports are read. Not for choosing one (open-engine.ts). */

export const ENGINE_NAMES = ['native', 'wasm'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

export interface RuleHit {
  readonly name: string
  readonly tags: readonly string[]
}

/** Rules compiled and ready. Dispose of it: it may hold a thread. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName
  /** What is to be scanned is put here first; there is no scanning what does not fit. */
  readonly room: Buffer
  /** The rules that the first `length` bytes of the room match. A promise where it may take long. */
  scan(length: number): readonly RuleHit[] | Promise<readonly RuleHit[]>
  /** Gives up the scan under way, so that another may begin. False when this engine can begin no more. */
  giveUp(): Promise<boolean>
}

/** Rules that do not compile, or would be slow; the message says where and why. */
export class RuleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RuleError'
  }
}

/**
 * Matches of one string that are told apart: conditions as `#a > 20` hold, and a file made of one string does not fill the memory
 * of the scan with a million of them, which are YARA's own limit.
 */
export const MATCHES_A_STRING = 1000

/** A slow string or loop is refused where rules are written: on a host it would be a scan that nothing can stop from within. */
const REFUSED_WARNINGS: ReadonlySet<string> = new Set(['slow_pattern', 'potentially_slow_loop'])

/** The first of the compiler's own reports that is a reason to refuse the rules, as one line. */
export function refusalOf(reports: readonly string[]): string | undefined {
  const bad = reports.find((report) => {
    const warning = /^warning\[(\w+)\]/.exec(report)?.[1]
    return warning === undefined || REFUSED_WARNINGS.has(warning)
  })
  return bad === undefined ? undefined : oneLine(bad)
}

/** `error[E025]: TITLE`, `--> line:3:14` and `^^^ EXPLANATION` of a report drawn for a terminal: `line 3, column 14: TITLE: EXPLANATION`. */
function oneLine(report: string): string {
  const title = /\w+\[\w+\]: (.+)$/m.exec(report)?.[1] ?? report.slice(0, 200)
  const place = /^\s*--> line:(\d+):(\d+)$/m.exec(report)
  const explanation = /^[\s|]*[\^-]+ (.+)$/m.exec(report)?.[1]
  const where = place === null ? '' : `line ${place[1] ?? ''}, column ${place[2] ?? ''}: `
  return `${where}${title}${explanation === undefined ? '' : `: ${explanation}`}`
}
