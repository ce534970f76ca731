/** The command line of a child: wrappers, Node with its limits, the entry and the registry. Not for starting it. */
import { fileURLToPath } from 'node:url'
import type { RunLimits } from './limits.ts'
import { siblingUrl } from './registry.ts'
import { wrap } from './wrappers.ts'
import type { Wrappers } from './wrappers.ts'

const MIB = 1024 * 1024
/** V8 keeps new objects in three spaces of this size, which do not count for the limit of its heap; left alone they grow past 96 MiB. Not slower (measured). */
const SEMI_SPACE_MIB = 8
/** What Node takes beside its JavaScript heap. */
const NODE_OVERHEAD_BYTES = 96 * MIB
const SMALLEST_HEAP_BYTES = 32 * MIB

export interface CommandInit {
  readonly limits: RunLimits
  readonly wrappers: Wrappers
  /** Address of the module registry. */
  readonly registry: string
  /** Data segment of a child that waits (channel.ts, `ready`); 0 when not known, and then not limited. */
  readonly waitingDataBytes: number
  readonly cores: number
}

export function childCommand(init: CommandInit): readonly string[] {
  const { limits, wrappers, registry, waitingDataBytes } = init
  const entry = fileURLToPath(siblingUrl('./child'))
  const node = [process.execPath, ...nodeFlags(limits.memoryBytes), entry, registry]
  const dataBytes = waitingDataBytes === 0 ? undefined : waitingDataBytes + limits.memoryBytes
  return wrap(wrappers, { dataBytes, cpuSeconds: cpuSeconds(init) }, node)
}

/**
 * Node's permission model is a second fence behind the module's own manners: it reads, it writes no file. It costs
 * nothing at start (measured) and leaves programs, threads and native engines to the modules that wrap them.
 */
const nodeFlags = (memoryBytes: number): readonly string[] => [
  `--max-semi-space-size=${SEMI_SPACE_MIB}`,
  `--max-old-space-size=${Math.floor(heapBytes(memoryBytes) / MIB)}`,
  '--permission',
  '--allow-fs-read=*',
  '--allow-child-process',
  '--allow-addons',
  '--allow-worker',
  // V8 takes 60 MiB to optimise an engine made of WebAssembly, a quarter of what a run may have; it is fast enough without.
  '--liftoff-only',
  // From Node 25 on the permission model also covers the network, which Node 24 has no flag for.
  ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
  '--disable-warning=SecurityWarning',
]

const heapBytes = (memoryBytes: number): number =>
  Math.max(SMALLEST_HEAP_BYTES, memoryBytes - NODE_OVERHEAD_BYTES)

/** More than any honest run can use: it ends an endless loop that nobody is left to kill. */
const cpuSeconds = ({ limits, cores }: CommandInit): number =>
  Math.ceil((limits.timeoutMs + limits.graceMs) / 1000) * cores
