/** YARA-X as a native addon: many small files cost it nothing beside their bytes. Prebuilt for few platforms, so it may be missing. */
import { MATCHES_A_STRING, refusalOf, RuleError, type Engine, type RuleHit } from './engine.ts'

/** The largest file. The scan of a long one works on a copy, and both must fit into what a module may have. */
const ROOM_BYTES = 64 * 1024 * 1024
/** Scanned at once, within some milliseconds; a thread of its own costs 0.6 ms (measured). */
const SHORT_BYTES = 256 * 1024
/** Node has four threads for such work; given up scans go on in theirs, and files must still be opened. */
const GIVEN_UP_LIMIT = 2

/** What the addon makes of rules; its own declarations name types that they do not declare. */
interface Rules {
  setMaxMatchesPerPattern(count: number): void
  scan(bytes: Buffer): readonly Match[]
  scanAsync(bytes: Buffer): Promise<readonly Match[]>
}

interface Match {
  readonly ruleIdentifier: string
  readonly tags: readonly string[]
}

const REFUSING = { errorOnSlowPattern: true, errorOnSlowLoop: true, enableIncludes: false }

/** How to open it; undefined where it is not built for this machine. */
export async function loadNative(): Promise<((source: string) => Engine) | undefined> {
  try {
    const { compile } = await import('@litko/yara-x')
    return (source) => nativeEngine(compileBy(compile, source))
  } catch {
    // An optional package: absent, or built for another C library. WebAssembly takes its place.
    return undefined
  }
}

/** @throws RuleError */
function compileBy(compile: (source: string, options: object) => unknown, source: string): Rules {
  const rules = compiledOrReport(() => compile(source, REFUSING))
  if (isRules(rules)) return rules
  throw new RuleError(refusalOf([String(rules)]) ?? 'does not compile')
}

/** The addon throws the first of the compiler's reports. */
function compiledOrReport(compile: () => unknown): unknown {
  try {
    return compile()
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

function nativeEngine(rules: Rules): Engine {
  rules.setMaxMatchesPerPattern(MATCHES_A_STRING)
  // Made when the first scan begins: rules that are only checked need none.
  let room: Buffer | undefined
  const takeRoom = (): Buffer => (room ??= Buffer.allocUnsafeSlow(ROOM_BYTES))
  let givenUp = 0
  return {
    name: 'native',
    get room() {
      return takeRoom()
    },
    scan: (length) => {
      const bytes = takeRoom().subarray(0, length)
      return length <= SHORT_BYTES ? hitsOf(rules.scan(bytes)) : rules.scanAsync(bytes).then(hitsOf)
    },
    giveUp: () => {
      givenUp += 1
      return Promise.resolve(givenUp < GIVEN_UP_LIMIT)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

const hitsOf = (matches: readonly Match[]): readonly RuleHit[] =>
  matches.map(({ ruleIdentifier: name, tags }) => ({ name, tags }))

const isRules = (value: unknown): value is Rules =>
  typeof value === 'object' && value !== null && 'scan' in value && 'scanAsync' in value
