/** Every module this product has, loaded when it is first asked for, and what they may be asked together. */
import { type Module, ParameterError } from './contract.ts'

/** One line a module. Schemas of modules that nobody asks would cost every command more than its own work. */
const LOADERS: Readonly<Record<string, () => Promise<Module>>> = {
  autoruns: async () => (await import('./autoruns/index.ts')).autoruns,
  example: async () => (await import('./example/index.ts')).example,
  file: async () => (await import('./file/index.ts')).file,
  log: async () => (await import('./log/index.ts')).log,
  logins: async () => (await import('./logins/index.ts')).logins,
  memory: async () => (await import('./memory/index.ts')).memory,
  netstat: async () => (await import('./netstat/index.ts')).netstat,
  nic: async () => (await import('./nic/index.ts')).nic,
  ping: async () => (await import('./ping/index.ts')).ping,
  pkg: async () => (await import('./pkg/index.ts')).pkg,
  process: async () => (await import('./process/index.ts')).processModule,
  sshkey: async () => (await import('./sshkey/index.ts')).sshkey,
  timedrift: async () => (await import('./timedrift/index.ts')).timedrift,
  traceroute: async () => (await import('./traceroute/index.ts')).traceroute,
  yara: async () => (await import('./yara/index.ts')).yara,
}

/** In alphabetic order. */
export const MODULE_NAMES: readonly string[] = Object.keys(LOADERS).sort()

/** The module of this name, which is case-sensitive. */
export async function findModule(name: string): Promise<Module | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined
}

export const loadModules = (): Promise<readonly Module[]> =>
  Promise.all(Object.values(LOADERS).map((load) => load()))

/**
 * For a process that waits for a question: loads what most questions need, and uses it once, since the first use of a schema
 * and of the pattern compiler costs more than a whole run.
 */
export async function warmUp(): Promise<void> {
  const file = await findModule('file')
  file?.check({ searches: { warm: { paths: ['/'], names: ['^warm$'], contents: ['warm'] } } })
}

/** Mozilla's own actions ask at most 5 of these; a regular expression of many alternatives counts as one, and tells one bit. */
const PROBES_LIMIT = 32

/**
 * Every pattern that an answer tells the fate of is one bit of what a host holds, and enough bits spell out a password: so
 * they are counted over all operations of an action. @throws ParameterError also where a module refuses its parameters
 */
export async function requireFewProbes(
  operations: readonly { readonly module: string; readonly parameters: unknown }[],
): Promise<void> {
  const counts = await Promise.all(
    operations.map(
      async ({ module, parameters }) => (await findModule(module))?.probes(parameters) ?? 0,
    ),
  )
  const probes = counts.reduce((sum, count) => sum + count, 0)
  if (probes <= PROBES_LIMIT) return
  throw new ParameterError(
    '',
    `one action may hold at most ${PROBES_LIMIT} patterns in all against what a host keeps private, so that nobody spells it out; this one holds ${probes}`,
  )
}
