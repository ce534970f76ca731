/**
 * Finds lines that match a pattern: a lazily built automaton over bytes, linear in its input whatever the pattern.
 *
 * DEV NOTE. A state is what can be known after some bytes of a line: the program's live instructions, what stood before (for ^ and \b) and an
 * unfinished UTF-8 sequence or carriage return. Lines are Go's (bufio.ScanLines): they end at \n, and one \r before it is no part of them; so
 * \n leads back to `start`. States are made when first reached and all thrown away when there are too many: memory is bounded, and a step that
 * must be recomputed costs at most the size of the program. A match is noticed at the latest on the byte after it, or at the line's end.
 * Source: Cox, "Regular Expression Matching in the Wild" (RE2's DFA). re2js is the authority: its program is run, its answers are the oracle.
 */
import { EMPTY, OP, type Program } from './re2-program.ts'
import { RuneAlphabet, type Pending } from './rune-alphabet.ts'

/** Bounds the tables of one pattern to 2 MiB: 1 KiB a state. */
const STATES_LIMIT = 2048
const INITIAL_CAPACITY = 8
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** State ids: a row of the table. 0 stands for a step not computed yet. */
export const MATCHED = 1
export const START = 2

type Before = 'begin' | 'word' | 'other'

interface State {
  readonly before: Before
  /** Sorted instructions that take a rune, or that hold only in some places. */
  readonly live: readonly number[]
  readonly pending: Pending | 'carriage-return' | undefined
}

export class LineAutomaton {
  readonly #program: Program
  readonly #alphabet: RuneAlphabet
  readonly #statesLimit: number
  readonly #tellsWords: boolean
  readonly #start: State
  #states: State[] = []
  #ids = new Map<string, number>()
  #table = new Int32Array(INITIAL_CAPACITY << 8)
  /** Where the last `run` ended: behind the last byte it looked at. */
  position = 0

  constructor(program: Program, statesLimit = STATES_LIMIT) {
    this.#program = program
    this.#alphabet = new RuneAlphabet(program)
    this.#statesLimit = statesLimit
    const words = EMPTY.wordBoundary | EMPTY.noWordBoundary
    this.#tellsWords = program.instructions.some(
      ({ op, argument }) => op === OP.emptyWidth && (argument & words) !== 0,
    )
    const live = new Set<number>()
    this.#follow(program.start, live)
    this.#start = { before: 'begin', live: sorted(live), pending: undefined }
    this.#clear()
  }

  /** Runs over `bytes[from, to)` from `state`; stops behind the byte at which a line turned out to match. */
  run(bytes: Uint8Array, range: { from: number; to: number }, state: number): number {
    let table = this.#table
    let current = state
    for (let index = range.from; index < range.to; index += 1) {
      const byte = bytes[index] ?? 0
      let next = table[(current << 8) | byte] ?? 0
      if (next <= MATCHED) {
        if (next === 0) {
          next = this.#compute(current, byte)
          table = this.#table
        }
        if (next === MATCHED) {
          this.position = index + 1
          return MATCHED
        }
      }
      current = next
    }
    this.position = range.to
    return current
  }

  /** In the middle of a line, behind this byte, where nothing that came before can be part of a match; behind a newline: at the start of one. */
  stateBehind(byte: number): number {
    if (byte === NEWLINE) return START
    const isWord =
      this.#tellsWords && byte < 0x80 && this.#alphabet.isWord(this.#alphabet.classOf(byte))
    return this.#intern({ ...this.#start, before: isWord ? 'word' : 'other' })
  }

  /** Whether the line that ends here, without a newline, matches. */
  endsMatching(state: number): boolean {
    const reached = this.#settle(this.#stateOf(state), true)
    return reached === undefined || this.#matchesAtEnd(reached)
  }

  /** One ASCII text as a whole; undefined when it holds anything else or a line end, which this cannot judge. */
  testAscii(text: string): boolean | undefined {
    let table = this.#table
    let current = START
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 0x7f || code === NEWLINE || code === CARRIAGE_RETURN) return undefined
      let next = table[(current << 8) | code] ?? 0
      if (next === 0) {
        next = this.#compute(current, code)
        table = this.#table
      }
      if (next === MATCHED) return true
      current = next
    }
    return this.endsMatching(current)
  }

  #stateOf(id: number): State {
    return this.#states[id] ?? this.#start
  }

  #clear(): void {
    this.#ids = new Map([[keyOf(this.#start), START]])
    this.#states = [this.#start, this.#start, this.#start]
    this.#table.fill(0)
  }

  #compute(from: number, byte: number): number {
    const reached = this.#step(this.#stateOf(from), byte)
    const states = this.#states
    const next = reached === undefined ? MATCHED : this.#intern(reached)
    // After a reset the row of `from` is no longer its own.
    if (this.#states === states) this.#table[(from << 8) | byte] = next
    return next
  }

  #intern(state: State): number {
    const key = keyOf(state)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    if (this.#states.length >= this.#statesLimit) this.#clear()
    const id = this.#states.push(state) - 1
    this.#ids.set(key, id)
    if (id << 8 >= this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2)
      larger.set(this.#table)
      this.#table = larger
    }
    return id
  }

  /** The state after one more byte; undefined when the line turned out to match. */
  #step(state: State, byte: number): State | undefined {
    const { pending } = state
    if (pending === 'carriage-return') {
      if (byte === NEWLINE) return this.#matchesAtEnd(state) ? undefined : this.#start
      return this.#stepSettled(state, byte)
    }
    if (pending === undefined) return this.#stepPlain(state, byte)
    if (byte < pending.low || byte > pending.high) return this.#stepSettled(state, byte)
    if (pending.missing > 1) return { ...state, pending: this.#alphabet.extend(pending, byte) }
    return this.#take(state, this.#alphabet.classOf((pending.bits << 6) | (byte & 0x3f)))
  }

  #stepSettled(state: State, byte: number): State | undefined {
    const settled = this.#settle(state, false)
    return settled === undefined ? undefined : this.#stepPlain(settled, byte)
  }

  #stepPlain(state: State, byte: number): State | undefined {
    if (byte === NEWLINE) return this.#matchesAtEnd(state) ? undefined : this.#start
    if (byte === CARRIAGE_RETURN) return { ...state, pending: 'carriage-return' }
    if (byte < 0x80) return this.#take(state, this.#alphabet.classOf(byte))
    const pending = this.#alphabet.open(byte)
    return pending === undefined
      ? this.#take(state, this.#alphabet.replacement)
      : { ...state, pending }
  }

  /** Takes what was pending as the runes it turned out to be; undefined when the line matched meanwhile. */
  #settle(state: State, atEnd: boolean): State | undefined {
    const { pending } = state
    if (pending === undefined) return state
    if (pending === 'carriage-return')
      return atEnd
        ? { ...state, pending: undefined }
        : this.#take(state, this.#alphabet.classOf(CARRIAGE_RETURN))
    let reached: State | undefined = state
    for (let count = 0; count < pending.taken && reached !== undefined; count += 1)
      reached = this.#take(reached, this.#alphabet.replacement)
    return reached
  }

  #take(state: State, runeClass: number): State | undefined {
    const isWord = this.#alphabet.isWord(runeClass)
    const here = this.#hold(state, placeBetween(state.before, isWord ? 'word' : 'other'))
    if (here === undefined) return undefined
    const live = new Set(this.#start.live)
    for (const index of here) {
      if (!this.#alphabet.accepts(index, runeClass)) continue
      if (this.#follow(this.#program.instructions[index]?.out ?? 0, live)) return undefined
    }
    const before = this.#tellsWords && isWord ? 'word' : 'other'
    return { before, live: sorted(live), pending: undefined }
  }

  #matchesAtEnd(state: State): boolean {
    return this.#hold(state, placeBetween(state.before, 'end')) === undefined
  }

  /** The live instructions with those that `place` lets through followed; undefined when one of them is a match. */
  #hold(state: State, place: number): ReadonlySet<number> | undefined {
    const reached = new Set(state.live)
    for (const index of reached) {
      const instruction = this.#program.instructions[index]
      if (instruction?.op === OP.match) return undefined
      if (instruction?.op !== OP.emptyWidth || (instruction.argument & ~place) !== 0) continue
      if (this.#follow(instruction.out, reached)) return undefined
    }
    return reached
  }

  /** Adds what is reached from `index` without taking a rune, wherever it stands; true when that is a match. */
  #follow(index: number, into: Set<number>): boolean {
    const seen = new Set<number>()
    const open = [index]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      const instruction = this.#program.instructions[next]
      switch (instruction?.op) {
        case OP.alternative:
        case OP.alternativeMatch:
          open.push(instruction.out, instruction.argument)
          break
        case OP.capture:
        case OP.noOperation:
          open.push(instruction.out)
          break
        case OP.match:
          into.add(next)
          return true
        case undefined:
        case OP.fail:
          break
        default:
          into.add(next)
      }
    }
    return false
  }
}

const sorted = (live: ReadonlySet<number>): readonly number[] => [...live].sort((a, b) => a - b)

function keyOf({ before, live, pending }: State): string {
  const unfinished = typeof pending === 'object' ? pending.key : (pending ?? '')
  return `${before} ${unfinished} ${live.join()}`
}

/** What holds between two neighbours, as bits of EMPTY. */
function placeBetween(before: Before, after: 'word' | 'other' | 'end'): number {
  const boundary = (before === 'word') !== (after === 'word')
  return (
    (before === 'begin' ? EMPTY.beginText | EMPTY.beginLine : 0) |
    (after === 'end' ? EMPTY.endText | EMPTY.endLine : 0) |
    (boundary ? EMPTY.wordBoundary : EMPTY.noWordBoundary)
  )
}
