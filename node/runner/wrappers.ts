/** Small programs of Linux that start a child with less right to the machine; used where they exist and work. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Never the PATH of whoever started this node. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin']
const PROBE_TIMEOUT_MS = 5000

/** Absolute paths; absent where this host has no such program, or it is not allowed here. */
export interface Wrappers {
  /** Kills the child when its parent dies, even in an endless loop (PR_SET_PDEATHSIG). */
  readonly setpriv?: string
  /** Limits data segment, CPU time and core dumps (setrlimit). */
  readonly prlimit?: string
  /** Lets the child read disks only when nobody else does. */
  readonly ionice?: string
}

export interface WrapLimits {
  /** Bytes for RLIMIT_DATA, `undefined` for none. */
  readonly dataBytes: number | undefined
  readonly cpuSeconds: number
}

const run = promisify(execFile)

/** Asks each program once to start `true`. */
export async function findWrappers(
  platform: NodeJS.Platform = process.platform,
): Promise<Wrappers> {
  if (platform !== 'linux') return {}
  const [setpriv, prlimit, ionice] = await Promise.all([
    find('setpriv', SETPRIV_ARGS),
    find('prlimit', ['--core=0']),
    find('ionice', IONICE_ARGS),
  ])
  return {
    ...(setpriv === undefined ? {} : { setpriv }),
    ...(prlimit === undefined ? {} : { prlimit }),
    ...(ionice === undefined ? {} : { ionice }),
  }
}

/** `command` behind every wrapper there is, as one argv. */
export function wrap(
  wrappers: Wrappers,
  limits: WrapLimits,
  command: readonly string[],
): readonly string[] {
  const { setpriv, prlimit, ionice } = wrappers
  return [
    ...(setpriv === undefined ? [] : [setpriv, ...SETPRIV_ARGS, '--']),
    ...(prlimit === undefined ? [] : [prlimit, ...prlimitArgs(limits), '--']),
    ...(ionice === undefined ? [] : [ionice, ...IONICE_ARGS, '--']),
    ...command,
  ]
}

const SETPRIV_ARGS = ['--pdeathsig', 'KILL']
const IONICE_ARGS = ['-c3']

const prlimitArgs = ({ dataBytes, cpuSeconds }: WrapLimits): readonly string[] => [
  // A core dump would write what the module read to this host's disk.
  '--core=0',
  `--cpu=${cpuSeconds}`,
  ...(dataBytes === undefined ? [] : [`--data=${dataBytes}`]),
]

async function find(name: string, args: readonly string[]): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const path = join(folder, name)
    try {
      await run(path, [...args, '--', join(folder, 'true')], { env: {}, timeout: PROBE_TIMEOUT_MS })
      return path
    } catch {
      // Not here, or refused by this kernel: the next folder, and in the end without it.
    }
  }
  return undefined
}
