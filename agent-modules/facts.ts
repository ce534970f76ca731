/** What the texts of an answer may be. Each says its kind, which bounds it, tells extra privacy mode what to mask, and leaves no place for raw content. */
import { z } from 'zod'

export type FactKind =
  | 'label'
  | 'name'
  | 'path'
  | 'address'
  | 'version'
  | 'time'
  | 'duration'
  | 'digest'
  | 'word'
  | 'line'

/** Kinds that tell who or where: extra privacy mode replaces them. */
const PRIVATE_KINDS: ReadonlySet<FactKind> = new Set(['name', 'path', 'address', 'line'])
const MASKED = 'masked'

const KINDS = z.registry<{ kind: FactKind }>()

const text = (kind: FactKind, schema: z.ZodString): z.ZodString => schema.register(KINDS, { kind })

/** In characters; support/file-name.ts cuts what a host may make longer. */
export const PATH_LIMIT = 16_384
/** In characters. */
export const LINE_LIMIT = 4096
export const WORD_FORM = /^[A-Za-z0-9+/@.:_-]{1,64}$/

/** To be used as they are, or wrapped (`optional`, `array`): a refined copy has lost its kind. */
export const fact = {
  /** The investigator's own words: the label of a search, a filter that was hit. */
  label: text('label', z.string().max(8192)),
  /** What a host calls something of its own: a user, a process, a unit, a package, a network card. */
  name: text('name', z.string().max(1024)),
  /** The path of a file, or its base64 where it is not UTF-8. */
  path: text('path', z.string().min(1).max(PATH_LIMIT)),
  /** A network or hardware address, or the name of another host. */
  address: text('address', z.string().max(256)),
  version: text('version', z.string().max(256)),
  /** RFC 3339, or as Go prints times: `2016-07-05 15:32:42 +0000 UTC`. */
  time: text('time', z.string().regex(/^(?:[0-9TZ:.+ -]{1,40}| UTC){0,2}$/)),
  /** A Go duration: `1.234s`. */
  duration: text('duration', z.string().regex(/^-?[0-9a-zµ.]{1,32}$/)),
  /** A hash or fingerprint: hex, base64, or parts with `:` between. */
  digest: text('digest', z.string().regex(/^[A-Za-z0-9+/=:_-]{1,192}$/)),
  /** One of few words that programs use: a state, a type, a protocol, a mode. */
  word: text('word', z.string().regex(WORD_FORM)),
  /** Raw content. Only where a module says that parameters ask for it (`asksLines`), which hosts refuse unless their policy grants it. */
  line: text('line', z.string().max(LINE_LIMIT)),
} as const satisfies Record<FactKind, z.ZodString>

/** One text that an answer may hold. */
export interface Fact {
  /** `files[].path`; `{}` stands for any key. */
  readonly place: string
  /** Absent where its author did not say: such a module does not pass the laws. */
  readonly kind: FactKind | undefined
}

/** Every text of a schema, keys of records included. @throws TypeError for a schema that could hold anything. */
export function factsOf(schema: z.core.$ZodType, place = ''): readonly Fact[] {
  if (schema instanceof z.ZodString) return [{ place, kind: KINDS.get(schema)?.kind }]
  if (schema instanceof z.ZodObject)
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, value]) =>
      factsOf(value, place === '' ? key : `${place}.${key}`),
    )
  if (schema instanceof z.ZodArray) return factsOf(schema.element, `${place}[]`)
  if (schema instanceof z.ZodRecord)
    return [...factsOf(schema.keyType, `${place}{key}`), ...factsOf(schema.valueType, `${place}{}`)]
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => factsOf(option, place))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return factsOf(schema.unwrap(), place)
  if (isWithoutText(schema)) return []
  throw new TypeError(`${place}: a ${schema._zod.def.type} could hold anything`)
}

/** The value with all its private texts replaced. Keys stay: no law-abiding schema has private ones. */
export function maskFacts(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodString) return isPrivate(schema) && value !== '' ? MASKED : value
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return value === undefined || value === null ? value : maskFacts(schema.unwrap(), value)
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((each) => z.safeParse(each, value).success)
    return option === undefined ? value : maskFacts(option, value)
  }
  return maskParts(schema, value)
}

function maskParts(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((each) => maskFacts(schema.element, each))
  if (schema instanceof z.ZodRecord)
    return mapObject(value, (each) => maskFacts(schema.valueType, each))
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape
    return mapObject(value, (each, key) => maskFacts(shape[key] ?? z.null(), each))
  }
  return value
}

/** Whether a kind is one that extra privacy mode replaces. */
export const isPrivateKind = (kind: FactKind): boolean => PRIVATE_KINDS.has(kind)

const isPrivate = (schema: z.ZodString): boolean =>
  PRIVATE_KINDS.has(KINDS.get(schema)?.kind ?? 'line')

/** Numbers, truth values and the words of the schema itself. */
const isWithoutText = (schema: z.core.$ZodType): boolean =>
  schema instanceof z.ZodNumber ||
  schema instanceof z.ZodBoolean ||
  schema instanceof z.ZodEnum ||
  schema instanceof z.ZodLiteral ||
  schema instanceof z.ZodNull

function mapObject(
  value: unknown,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(Object(value) as Record<string, unknown>)
  return Object.fromEntries(entries.map(([key, each]) => [key, change(each, key)]))
}
