/** What a module is to the rest of the house: a guest that asks this host one kind of question. Not for running one (node/runner). */
import { z } from 'zod'

/** One command-line flag of a module, as MIG spells it: `-name REGEX`. */
export interface ModuleFlag {
  readonly name: string
  /** `value` takes an argument, `boolean` takes none (or `-flag=false`). */
  readonly kind: 'value' | 'boolean'
  readonly repeatable: boolean
  /** What stands for the argument in help: `REGEX`, `PATH`. Absent for booleans. */
  readonly placeholder?: string
  readonly help: string
}

/** Flags as typed, in order: the values of each flag given at least once; a boolean's values are `true`/`false`. */
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

/** How a result is shown: only what was found, or everything. */
export interface LineOptions {
  readonly foundOnly: boolean
}

/** A module as its author writes it. Schemas are strict objects: a field that is not declared cannot leave the host. */
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
  /** How many patterns are held against what this host keeps private, each telling one bit of it; absent: none. */
  probes?(parameters: Parameters): number
  readonly finding: z.ZodType<Finding>
  readonly statistics: z.ZodType<Statistics>
  /** `elements` of the answer: findings in MIG's arrangement, built from the finding schema. */
  readonly elements: z.ZodType<Elements>
  run(parameters: Parameters, context: RunContext<Statistics>): AsyncIterable<Finding>
  arrange(findings: readonly Finding[], parameters: Parameters): Elements
  /** The same elements without names and addresses, for hosts in extra privacy mode (MIG's `extraprivacymode`). */
  mask(elements: Elements): Elements
  lines(
    answer: { elements: Elements; statistics?: Statistics | undefined },
    options: LineOptions,
  ): readonly string[]
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
  /** How many patterns these parameters hold against contents. @throws ParameterError */
  probes(parameters: unknown): number
  /** Runs on this host, in this process. Every finding has passed the finding schema. @throws ParameterError */
  run(parameters: unknown, context: RunContext<unknown>): AsyncIterable<unknown>
  /** Checked findings to checked elements. */
  arrange(findings: readonly unknown[], parameters: unknown): unknown
  mask(elements: unknown): unknown
  lines(
    answer: { elements: unknown; statistics?: unknown },
    options: LineOptions,
  ): readonly string[]
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
  const parameters = (raw: unknown): P => parse(spec.parameters, raw)
  return {
    name: spec.name,
    summary: spec.summary,
    description: spec.description,
    examples: spec.examples,
    flags: spec.flags,
    finding: spec.finding,
    statistics: spec.statistics,
    elements: spec.elements,
    fromFlags: (flags) => spec.fromFlags(flags),
    check: (raw) => void parameters(raw),
    probes: (raw) => spec.probes?.(parameters(raw)) ?? 0,
    async *run(raw, context) {
      for await (const finding of spec.run(parameters(raw), context))
        yield spec.finding.parse(finding)
    },
    arrange: (findings, raw) =>
      spec.elements.parse(
        spec.arrange(
          findings.map((finding) => spec.finding.parse(finding)),
          parameters(raw),
        ),
      ),
    mask: (elements) => spec.elements.parse(spec.mask(spec.elements.parse(elements))),
    lines: ({ elements, statistics }, options) =>
      spec.lines(
        {
          elements: spec.elements.parse(elements),
          statistics: statistics === undefined ? undefined : spec.statistics.parse(statistics),
        },
        options,
      ),
  }
}

function parse<T>(schema: z.ZodType<T>, raw: unknown): T {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ParameterError(fieldPath(issue?.path ?? []), issue?.message ?? 'not valid')
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
