/** What holds for every module: the laws that a guest of this house obeys, as a suite that each registry entry runs through. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { ParameterError, type FlagValues, type Module } from '../../agent-modules/contract.ts'
import { keyOf } from '../../agent-modules/support/typed-flag.ts'
import { factsOf, maskFacts } from '../../agent-modules/facts.ts'

/** A module stops this soon after an abort (contract.ts). */
export const ABORT_LIMIT_MS = 100
/** Each run is called off after so many turns of the event loop: at its beginning, and deeper and deeper in its work. */
const ABORT_AFTER_TURNS = [1, 2, 3, 5, 8]
/** What a run reports when findings had to be left out (contract.ts). */
export const MISFITS = /findings were left out: they do not fit into an answer/

export interface ModuleSamples {
  /** Valid, quick, with at least one finding, the same findings in each run. */
  parameters(): unknown
  /** Valid, and would run for minutes; absent: whatever it is asked is over in a moment. */
  endlessParameters?(): unknown
  /** Valid, asking for raw lines; absent: this module never gives any. */
  readonly asksLines?: unknown
  /** What a file holds that a flag of its examples names; for modules with such flags. */
  readonly fileText?: string
  /** Further parameters that this module must refuse. */
  readonly junk?: readonly unknown[]
}

export interface RunOutcome {
  readonly findings: readonly unknown[]
  readonly errors: readonly string[]
  /** As often as they were reported. */
  readonly statistics: readonly unknown[]
}

export interface RunSettings {
  readonly signal?: AbortSignal
  readonly startedAtMs?: number
}

/** Runs a module to its end. */
export async function runModule(
  module: Module,
  parameters: unknown,
  settings: RunSettings = {},
): Promise<RunOutcome> {
  const findings: unknown[] = []
  const errors: string[] = []
  const statistics: unknown[] = []
  const run = module.run(parameters, {
    signal: settings.signal ?? new AbortController().signal,
    startedAtMs: settings.startedAtMs ?? Date.now(),
    reportError: (message) => errors.push(message),
    reportStatistics: (reported) => statistics.push(reported),
  })
  for await (const finding of run) findings.push(finding)
  return { findings, errors, statistics }
}

/** What no module takes: parameters are an object with declared keys. */
const JUNK: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -1, 1.5, NaN, Infinity, 7n, Symbol('junk')],
  ...['', 'x', '{}', '{"searches":{}}', '\0', 'a'.repeat(100_000)],
  ...[[], [1], [[]], [{}], [null], ['searches']],
  ...[() => ({}), new Date(0), new Map(), new Set([1]), /x/, Buffer.from('x'), new Error('x')],
  ...['unknown', 'Searches', 'SEARCHES', 'toString', 'length', '', ' ', '0', 'signal'].map(
    (key) => ({ [key]: 1 }),
  ),
  JSON.parse('{"__proto__":1,"constructor":1}'),
]

/** Declares the suite for one module. */
export function testModule(module: Module, samples: ModuleSamples): void {
  describe(`module ${module.name} obeys the laws`, () => {
    describe('of refusing', () => {
      refusing(module, samples)
    })
    describe('of answering', () => {
      answering(module, samples)
    })
    describe('of privacy', () => {
      privacy(module, samples)
    })
    describe('of stopping', () => {
      stopping(module, samples)
    })
    describe('of the command line', () => {
      commandLine(module, samples)
    })
  })
}

function refusing(module: Module, samples: ModuleSamples): void {
  const junk = [...JUNK, ...(samples.junk ?? [])]
  it.each(junk.map((value, index) => ({ value, index })))('refuses junk $index', ({ value }) => {
    expect(() => {
      module.check(value)
    }).toThrow(ParameterError)
  })

  it('refuses an unknown key, and names it', () => {
    const parameters = { ...Object(samples.parameters()), unheardOf: 1 }
    expect(() => {
      module.check(parameters)
    }).toThrow(/unheardOf/)
  })

  it('says why in plain words, whatever stands at a key', () => {
    const valid = Object(samples.parameters()) as object
    for (const key of Object.keys(valid))
      for (const value of junk)
        expect(refusalOf(module, { ...valid, [key]: value })).not.toMatch(
          /Invalid (?:input|option|key)|Too (?:small|big)|is not valid/,
        )
  })

  it('refuses to run what it refuses', async () => {
    await expect(runModule(module, { unheardOf: 1 })).rejects.toThrow(ParameterError)
  })
}

/** What it says; nothing when it takes them. */
function refusalOf(module: Module, parameters: unknown): string {
  try {
    module.check(parameters)
    return ''
  } catch (error) {
    if (error instanceof ParameterError) return error.message
    throw error
  }
}

function answering(module: Module, samples: ModuleSamples): void {
  it('finds something that fits its schemas, and reports statistics once', async () => {
    const { findings, statistics } = await runModule(module, samples.parameters())
    expect(findings.length).toBeGreaterThan(0)
    for (const finding of findings) expect(module.finding.parse(finding)).toEqual(finding)
    expect(statistics).toHaveLength(1)
    expect(module.statistics.parse(statistics[0])).toEqual(statistics[0])
  })

  it('finds nothing that would not fit into an answer', async () => {
    const { errors } = await runModule(module, samples.parameters())
    expect(errors).not.toContainEqual(expect.stringMatching(MISFITS))
  })

  it('gives the same answer twice', async () => {
    const first = await runModule(module, samples.parameters())
    const second = await runModule(module, samples.parameters())
    expect(second.findings).toEqual(first.findings)
    expect(second.errors).toEqual(first.errors)
  })

  it('lets nothing out that it did not declare', async () => {
    const { findings } = await runModule(module, samples.parameters())
    const leaking = { ...Object(findings[0]), contents: 'secret' }
    expect(() => module.arrange([leaking], samples.parameters())).toThrow()
  })

  it('arranges, masks and prints what survives a wire', async () => {
    const { findings, statistics } = await runModule(module, samples.parameters())
    const elements: unknown = JSON.parse(
      JSON.stringify(module.arrange(findings, samples.parameters())),
    )
    expect(module.elements.parse(elements)).toEqual(elements)
    const [reported] = JSON.parse(JSON.stringify(statistics)) as readonly unknown[]
    const masked = module.mask({ elements, statistics: reported })
    expect(module.mask(masked)).toEqual(masked)
    for (const answer of [masked.elements, masked.statistics])
      expect(JSON.parse(JSON.stringify(answer))).toEqual(answer)
    const lines = module.lines({ elements, statistics: statistics[0] }, { foundOnly: false })
    const found = module.lines({ elements, statistics: statistics[0] }, { foundOnly: true })
    expect(found.length).toBeGreaterThan(0)
    expect(lines).toEqual(expect.arrayContaining([...found]))
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
  })
}

function privacy(module: Module, samples: ModuleSamples): void {
  const schemas = ['finding', 'elements', 'statistics'] as const

  it.each(schemas)('says of every text in its %s what it is', (name) => {
    for (const { place, kind } of factsOf(module[name])) expect(kind, place).toBeDefined()
  })

  it.each(schemas)('has no place for raw content in its %s', (name) => {
    const lines = factsOf(module[name]).filter(({ kind }) => kind === 'line')
    if (samples.asksLines !== undefined) expect(module.asksLines(samples.asksLines)).toBe(true)
    else expect(lines).toEqual([])
  })

  it('has no private names for keys, which could not be masked', () => {
    for (const { place, kind } of factsOf(module.elements))
      if (place.endsWith('{key}')) expect(kind, place).toBe('label')
  })

  it('asks for no raw lines unless told to', () => {
    expect(module.asksLines(samples.parameters())).toBe(false)
  })

  it('masks everything that tells who or where', async () => {
    const { findings, statistics } = await runModule(module, samples.parameters())
    const elements = module.arrange(findings, samples.parameters())
    const answer = JSON.parse(JSON.stringify({ elements, statistics: statistics[0] })) as Answer
    const masked = module.mask(answer)
    const asked = JSON.stringify(samples.parameters())
    const hidden = (['elements', 'statistics'] as const).flatMap((part) => {
      const [clear, left] = [textsOf(answer[part]), textsOf(masked[part])]
      const kept = textsOf(maskFacts(module[part], answer[part]))
      expect(kept).toEqual(expect.arrayContaining(left))
      return clear
        .filter((text) => !kept.includes(text))
        .map((text) => ({ text, shown: JSON.stringify(left) }))
    })
    expect(hidden).not.toEqual([])
    for (const { text, shown } of hidden)
      // Short ones, like lo, occur within other words; what was asked is known to who asked.
      if (text.length > 4 && !asked.includes(text)) expect(shown).not.toContain(text)
  })
}

type Answer = Readonly<Record<'elements' | 'statistics', unknown>>

const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : []

function stopping(module: Module, samples: ModuleSamples): void {
  it('does not begin what is called off already', async () => {
    const parameters = samples.endlessParameters?.() ?? samples.parameters()
    const { statistics } = await runAborted(module, parameters, AbortSignal.abort())
    expect(statistics.length).toBeLessThanOrEqual(1)
  })

  it(`stops within ${ABORT_LIMIT_MS} ms of an abort`, async () => {
    if (samples.endlessParameters !== undefined)
      await requirePromptStops(module, samples.endlessParameters)
    else await requirePromptStops(module, samples.parameters, { mayEnd: true })
  })
}

/**
 * Calls runs off at several moments of their work. `mayEnd`: all may be over before that; without, some, as a busy machine lets few moments be.
 *
 * No try may compute for longer than the limit, by this thread's own time: no other program can lengthen that. What waits instead of computing would do so in most tries;
 * the clock on the wall says so by their median, which a machine that is busy now and then does not move.
 */
export async function requirePromptStops(
  module: Module,
  parameters: () => unknown,
  { mayEnd = false } = {},
): Promise<void> {
  const delays: StopDelay[] = []
  for (const turns of mayEnd ? [1, 1, 1] : ABORT_AFTER_TURNS) {
    const delay = await stopDelay(module, parameters(), turns)
    if (delay !== undefined) delays.push(delay)
  }
  if (delays.length === 0) {
    expect(mayEnd, 'every run was over before it was called off').toBe(true)
    return
  }
  const middle = Math.floor(delays.length / 2)
  const computed = delays.map(({ computedMs }) => computedMs)
  const passed = delays.map(({ passedMs }) => passedMs).toSorted((a, b) => a - b)
  expect(Math.max(...computed), `computed ${computed.join(', ')}`).toBeLessThan(ABORT_LIMIT_MS)
  expect(passed[middle], `took ${passed.join(', ')}`).toBeLessThan(ABORT_LIMIT_MS)
}

interface StopDelay {
  readonly passedMs: number
  /** CPU time of this thread: V8's compilers and collectors take theirs beside it. */
  readonly computedMs: number
}

/** How long a run goes on after it was called off in the middle; undefined when it was over before that. */
async function stopDelay(
  module: Module,
  parameters: unknown,
  turns: number,
): Promise<StopDelay | undefined> {
  const controller = new AbortController()
  let ended = false
  const run = runAborted(module, parameters, controller.signal).finally(() => {
    ended = true
  })
  for (let turn = 0; turn < turns; turn += 1) await nextTurn()
  if (ended) {
    await run
    return undefined
  }
  const before = process.threadCpuUsage()
  const abortedAt = performance.now()
  controller.abort()
  await run
  const { user, system } = process.threadCpuUsage(before)
  return { passedMs: performance.now() - abortedAt, computedMs: (user + system) / 1000 }
}

/** A module called off may return what it has, or throw the reason. */
async function runAborted(
  module: Module,
  parameters: unknown,
  signal: AbortSignal,
): Promise<RunOutcome> {
  try {
    return await runModule(module, parameters, { signal })
  } catch (error) {
    expect(error).toBe(signal.reason)
    return { findings: [], errors: [], statistics: [] }
  }
}

/** Flags of the program around a module that examples use; all take a value. */
const PROGRAM_FLAGS: ReadonlySet<string> = new Set([
  't',
  'e',
  'show',
  'target-found',
  'target-notfound',
])

function commandLine(module: Module, samples: ModuleSamples): void {
  const { fileText } = samples
  it('explains every flag, each once', () => {
    const names = module.flags.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const flag of module.flags) {
      expect(flag.help).not.toBe('')
      expect(flag.placeholder !== undefined).toBe(flag.kind !== 'boolean')
    }
  })

  it.each(module.flags.map((flag) => ({ flag, key: keyOf(flag) })))(
    'has what -$flag.name fills at $key',
    ({ key }) => {
      const parameters = structuredClone(samples.parameters())
      putAt(parameters, key.split('.'), { unheardOf: [] })
      expect(refusalOf(module, parameters).split(/: |\[/)[0]).toBe(key)
    },
  )

  it.each(module.examples.map(({ command }) => command))('takes its example: mig %s', (command) => {
    const [name, ...words] = splitWords(command)
    expect(name).toBe(module.name)
    module.check(module.fromFlags(parseFlags(module, words, fileText)))
  })
}

/** Makes the objects on the way there. */
function putAt(root: unknown, [key = '', ...deeper]: readonly string[], value: unknown): void {
  if (typeof root !== 'object' || root === null) throw new Error('no object')
  if (deeper.length === 0) Reflect.set(root, key, value)
  else {
    if (!Object.hasOwn(root, key)) Reflect.set(root, key, {})
    putAt(Reflect.get(root, key), deeper, value)
  }
}

/** Words as a shell splits them. */
export function splitWords(command: string): string[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? bare ?? '',
  )
}

/** Words to flag values, for tests: the product's own parser is in cli/. */
export function parseFlags(module: Module, words: readonly string[], fileText = ''): FlagValues {
  const values = new Map<string, readonly string[]>()
  for (let index = 0; index < words.length; index += 1) {
    const name = (words[index] ?? '').replace(/^-/, '')
    if (PROGRAM_FLAGS.has(name)) {
      index += 1
      continue
    }
    const flag = module.flags.find((known) => known.name === name)
    if (flag === undefined) throw new Error(`no flag ${name}`)
    if (flag.kind !== 'boolean') index += 1
    const typed = flag.kind === 'boolean' ? 'true' : (words[index] ?? '')
    const value = flag.kind === 'file' ? fileText : typed
    values.set(name, [...(values.get(name) ?? []), value])
  }
  return values
}
