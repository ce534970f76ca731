/** What a module is to the rest of the house: a guest that asks this host one kind of question. Not for running one (node/runner). */
import { z } from 'zod'
import { maskFacts } from './facts.ts'
import { parseWritten } from './support/refusal.ts'

/** One command-line flag of a module, as MIG spells it: `-name REGEX`. */
export interface ModuleFlag {
  readonly name: string
  /** `value` takes an argument, `boolean` takes none (or `-flag=false`); `file` takes a file of the investigator, whose text is the value. */
  readonly kind: 'value' | 'boolean' | 'file'
  readonly repeatable: boolean
  /** What stands for the argument in help: `REGEX`, `FILE`. Absent for booleans. */
  readonly placeholder?: string
  /** Which parameter its values become, as errors spell it: `searches.s1.sizes`. Absent: the one of its own name. */
  readonly key?: string
  readonly help: string
}

/** Flags as typed, in order: the values of each flag given at least once; a boolean's values are `true`/`false`, a file's its text. */
export type FlagValues = ReadonlyMap<string, readonly string[]>

export interface ModuleExample {
  readonly title: string
  /** What a person types after `mig `. */
  readonly command: string
}

/** What a running module may use of the outside. */
export interface RunContext<Statistics> {
  /** Aborted when the run must stop; a module stops within 100 ms. */
  readonly signal: AbortSignal
  /** Milliseconds since the epoch when the run began: every relative time in parameters counts from here. */
  readonly startedAtMs: number
  /** A soft error: the run goes on, the message is part of the answer. Never quotes file contents. */
  reportError(message: string): void
  /** Called once, at the end of the run. */
  reportStatistics(statistics: Statistics): void
}

/** What a module answered, as it travels. */
export interface ModuleAnswer<Elements = unknown, Statistics = unknown> {
  readonly elements: Elements
  readonly statistics?: Statistics | undefined
}

/** How a result is shown: only what was found, or everything. */
export interface LineOptions {
  readonly foundOnly: boolean
}

/** A module as its author writes it. Schemas are strict objects made of facts (facts.ts): a field that is not declared cannot leave the host. */
export interface ModuleSpec<Parameters, Finding, Statistics, Elements> {
  readonly name: string
  /** One sentence, for the list of modules. */
  readonly summary: string
  /** Markdown for help and documentation: what each filter means. */
  readonly description: string
  readonly examples: readonly ModuleExample[]
  readonly flags: readonly ModuleFlag[]
  /** Flags to parameters as they stand in an action file, not yet checked. @throws ParameterError */
  fromFlags(flags: FlagValues): unknown
  readonly parameters: z.ZodType<Parameters>
  /** Checks too costly for every peer, as compiling rules: made by who composes the action, and by the child before it runs. @throws ParameterError */
  vet?(parameters: Parameters): Promise<void>
  /** How many patterns are held against what this host keeps private, each telling one bit of it; absent: none. */
  probes?(parameters: Parameters): number
  /** Whether these parameters ask for raw lines, which a host refuses unless its policy grants them; absent: never. */
  asksLines?(parameters: Parameters): boolean
  readonly finding: z.ZodType<Finding>
  readonly statistics: z.ZodType<Statistics>
  /** `elements` of the answer: findings in MIG's arrangement, built from the finding schema. */
  readonly elements: z.ZodType<Elements>
  run(parameters: Parameters, context: RunContext<Statistics>): AsyncIterable<Finding>
  /** Whether this finding makes the answer one that found something (MIG's `foundanything`); absent: every finding does. */
  isHit?(finding: Finding, parameters: Parameters): boolean
  arrange(findings: readonly Finding[], parameters: Parameters): Elements
  /** The same elements for hosts in extra privacy mode (MIG's `extraprivacymode`); absent: private facts are replaced. */
  mask?(elements: Elements): Elements
  /** What a person reads, a line each; empty elements give a line only when not `foundOnly`. */
  lines(answer: ModuleAnswer<Elements, Statistics>, options: LineOptions): readonly string[]
}

/** A module as the registry holds it: parameter and finding types are behind the schemas. */
export interface Module {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly examples: readonly ModuleExample[]
  readonly flags: readonly ModuleFlag[]
  readonly finding: z.ZodType
  readonly statistics: z.ZodType
  readonly elements: z.ZodType
  fromFlags(flags: FlagValues): unknown
  /** @throws ParameterError when the parameters are not what the module takes. */
  check(parameters: unknown): void
  /** The costly checks, and the cheap ones. @throws ParameterError */
  vet(parameters: unknown): Promise<void>
  /** How many patterns these parameters hold against contents. @throws ParameterError */
  probes(parameters: unknown): number
  /** Whether these parameters ask for raw lines. @throws ParameterError */
  asksLines(parameters: unknown): boolean
  /** Runs on this host, in this process. Every finding has passed the finding schema. @throws ParameterError */
  run(parameters: unknown, context: RunContext<unknown>): AsyncIterable<unknown>
  /** Whether these findings found something, and not only say what there is. */
  haveHit(findings: readonly unknown[], parameters: unknown): boolean
  /** Checked findings to checked elements. */
  arrange(findings: readonly unknown[], parameters: unknown): unknown
  /** For hosts in extra privacy mode. */
  mask(answer: ModuleAnswer): ModuleAnswer
  lines(answer: ModuleAnswer, options: LineOptions): readonly string[]
}

/** Parameters or flags that the module refuses: `path` names the field (`searches.s1.sizes[0]`). */
export class ParameterError extends Error {
  readonly path: string
  readonly reason: string
  constructor(path: string, reason: string) {
    super(path === '' ? reason : `${path}: ${reason}`)
    this.name = 'ParameterError'
    this.path = path
    this.reason = reason
  }
}

/** This platform, or this host, cannot answer the module's question; the answer's status is `unsupported`. */
export class UnsupportedError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'UnsupportedError'
  }
}

/** Closes a spec over its types, so that modules of any shape share one registry. */
export function defineModule<P, F, S, E>(spec: ModuleSpec<P, F, S, E>): Module {
  const parameters = (raw: unknown): P => parseParameters(spec.parameters, raw)
  return {
    name: spec.name,
    summary: spec.summary,
    description: spec.description,
    examples: spec.examples,
    flags: spec.flags,
    finding: spec.finding,
    statistics: spec.statistics,
    elements: spec.elements,
    fromFlags: (flags) => {
      requireKnownFlags(spec, flags)
      return spec.fromFlags(flags)
    },
    check: (raw) => void parameters(raw),
    vet: async (raw) => spec.vet?.(parameters(raw)),
    probes: (raw) => spec.probes?.(parameters(raw)) ?? 0,
    asksLines: (raw) => spec.asksLines?.(parameters(raw)) ?? false,
    run: (raw, context) => fittingOnly(spec, spec.run(parameters(raw), context), context),
    haveHit: (findings, raw) => {
      if (spec.isHit === undefined) return findings.length > 0
      const asked = parameters(raw)
      return findings.some((each) => spec.isHit?.(spec.finding.parse(each), asked))
    },
    arrange: (findings, raw) =>
      spec.elements.parse(
        spec.arrange(
          findings.map((finding) => spec.finding.parse(finding)),
          parameters(raw),
        ),
      ),
    mask: (answer) => {
      const { elements, statistics } = parseAnswer(spec, answer)
      const masked = spec.mask?.(elements) ?? maskFacts(spec.elements, elements)
      return {
        elements: spec.elements.parse(masked),
        ...(statistics === undefined
          ? {}
          : { statistics: spec.statistics.parse(maskFacts(spec.statistics, statistics)) }),
      }
    },
    lines: (answer, options) => spec.lines(parseAnswer(spec, answer), options),
  }
}

function requireKnownFlags(
  { name: module, flags }: { readonly name: string; readonly flags: readonly ModuleFlag[] },
  given: FlagValues,
): void {
  for (const name of given.keys())
    if (!flags.some((flag) => flag.name === name))
      throw new ParameterError(`-${name}`, `is not a flag of ${module}`)
}

/** A path may be longer than an answer's: whoever makes one on a host must not keep all else from being told. */
async function* fittingOnly<F>(
  { finding: schema }: { readonly finding: z.ZodType<F> },
  findings: AsyncIterable<F>,
  context: Pick<RunContext<never>, 'reportError'>,
): AsyncGenerator<F, void> {
  let misfits = 0
  for await (const finding of findings) {
    const fitting = schema.safeParse(finding)
    if (fitting.success) yield fitting.data
    else misfits += 1
  }
  if (misfits > 0)
    context.reportError(`${misfits} findings were left out: they do not fit into an answer`)
}

function parseAnswer<E, S>(
  spec: { readonly elements: z.ZodType<E>; readonly statistics: z.ZodType<S> },
  { elements, statistics }: ModuleAnswer,
): ModuleAnswer<E, S> {
  return {
    elements: spec.elements.parse(elements),
    statistics: statistics === undefined ? undefined : spec.statistics.parse(statistics),
  }
}

/** @throws ParameterError that names the key, and says why in plain words */
export function parseParameters<T>(schema: z.ZodType<T>, raw: unknown): T {
  if (!isPlain(raw)) throw new ParameterError('', 'must be an object as JSON has them')
  const parsed = parseWritten(schema, raw)
  if (parsed.ok) return parsed.value
  throw new ParameterError(parsed.path, parsed.reason)
}

/** A schema with no key that must be there would take a Date for an empty object. */
const isPlain = (raw: unknown): boolean =>
  raw !== null && typeof raw === 'object' && Object.getPrototypeOf(raw) === Object.prototype
