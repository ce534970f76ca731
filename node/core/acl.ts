/** Who may run what: MIG's access control list, weights of distinct people summed per module. Not for who a key belongs to (policy.ts). */
import { z } from 'zod'
import { type Person, person } from './ids.ts'

const weight = z
  .number()
  .int('a weight must be a positive integer')
  .min(1, 'a weight must be a positive integer')

const aclEntry = z.strictObject({
  minimumweight: z.number().int().min(1, 'minimumweight must be a positive integer'),
  investigators: z.record(person, weight),
})
export type AclEntry = z.infer<typeof aclEntry>

/** Module name, `default`, or one of the control entries `@cancel`, `@revoke`, `@member`. */
export const acl = z.record(
  z
    .string()
    .regex(/^(?:default|@cancel|@revoke|@member|[a-z][a-z0-9-]{0,63})$/, 'must be a module name'),
  aclEntry,
)
export type Acl = z.infer<typeof acl>

/** Entries for modules that this version does not have: newer ones, or a typing error that leaves a module to `default`. */
export const unknownModules = (list: Acl, known: readonly string[]): readonly string[] =>
  Object.keys(list).filter(
    (name) => name !== 'default' && !name.startsWith('@') && !known.includes(name),
  )

export interface Weighing {
  readonly module: string
  readonly weight: number
  /** `undefined`: no entry and no default, so nobody may. */
  readonly minimum: number | undefined
  readonly allowed: boolean
}

/**
 * Weighs a set of people against the module's own entry, or `default` where it has none. Control entries have no
 * default. People the entry does not list weigh nothing.
 */
export function weigh(list: Acl, module: string, people: ReadonlySet<Person>): Weighing {
  const entry =
    ownEntry(list, module) ?? (module.startsWith('@') ? undefined : ownEntry(list, 'default'))
  if (entry === undefined) return { module, weight: 0, minimum: undefined, allowed: false }
  let sum = 0
  for (const each of people) sum += ownEntry(entry.investigators, each) ?? 0
  return { module, weight: sum, minimum: entry.minimumweight, allowed: sum >= entry.minimumweight }
}

/** `constructor` and `__proto__` are not entries. */
function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
