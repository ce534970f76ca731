/**
 * This machine as MIG's agent record, which targets are asked about (reference: mig agent object and environment).
 * Nothing on the network is asked and no program started, so there is neither `publicip` nor AWS metadata.
 */
import { arch, endianness, hostname, networkInterfaces, platform } from 'node:os'
import { readIdent } from './facts-ident.ts'
import { readInit } from './facts-init.ts'
import type { InitSystem } from './facts-init.ts'
import { addressesOf, proxyOf, readFullName } from './facts-network.ts'

/** What the machine cannot know about the agent that runs on it. Times are ms since the epoch. */
export interface FactsInput {
  /** The agent's peer id. */
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
  readonly mode: 'daemon' | 'checkin'
  readonly version: string
  readonly startedAtMs: number
  readonly refreshedAtMs: number
  /** Names of the modules this agent can run. */
  readonly modules: readonly string[]
  /** Instead of the machine's own full name. */
  readonly name?: string
}

interface EnvironmentFacts {
  readonly init: InitSystem
  /** The system's own name for itself: `Debian GNU/Linux 12 (bookworm)`. */
  readonly ident: string
  /** `linux`, `darwin`, `windows`. */
  readonly os: string
  /** As Go spells it: `amd64`, `386`, `arm64`. */
  readonly arch: string
  /** Whether the agent's environment names a proxy; `proxy` is its `host:port`, else empty. */
  readonly isproxied: boolean
  readonly proxy: string
  /** CIDR strings, loopback dropped. */
  readonly addresses: readonly string[]
  readonly modules: readonly string[]
}

/** MIG's agent record; times are ms since the epoch. */
export interface AgentFacts {
  readonly id: string
  readonly name: string
  readonly queueloc: string
  readonly mode: 'daemon' | 'checkin'
  readonly version: string
  readonly pid: number
  readonly starttime: number
  readonly destructiontime: null
  readonly heartbeattime: number
  readonly refreshtime: number
  readonly status: 'online'
  readonly loadername: null
  readonly environment: EnvironmentFacts
  readonly tags: Readonly<Record<string, string>>
}

/** Reads the record as it is now. Never fails: what cannot be read is `unknown` or absent. */
export async function readFacts(input: FactsInput): Promise<AgentFacts> {
  const environment = await readEnvironment(input.modules)
  return {
    id: input.id,
    name: input.name ?? (await readFullName(hostname())),
    queueloc: `${environment.os}.${input.id}`,
    mode: input.mode,
    version: input.version,
    pid: process.pid,
    starttime: input.startedAtMs,
    destructiontime: null,
    heartbeattime: input.refreshedAtMs,
    refreshtime: input.refreshedAtMs,
    status: 'online',
    loadername: null,
    environment,
    tags: input.tags,
  }
}

async function readEnvironment(modules: readonly string[]): Promise<EnvironmentFacts> {
  const system = platform()
  const [init, ident] = await Promise.all([readInit(system), readIdent(system)])
  const proxy = proxyOf(process.env)
  return {
    init,
    ident,
    os: system === 'win32' ? 'windows' : system,
    arch: goArch(arch(), endianness()),
    isproxied: proxy !== undefined,
    proxy: proxy ?? '',
    addresses: addressesOf(readInterfaces()),
    modules,
  }
}

function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces()
  } catch {
    // A sandbox may forbid the question; then no address is known.
    return {}
  }
}

/** Node's name of a processor to Go's (GOARCH), which MIG's targets use. */
export function goArch(nodeArch: string, order: 'BE' | 'LE'): string {
  switch (nodeArch) {
    case 'x64':
      return 'amd64'
    case 'ia32':
      return '386'
    case 'ppc64':
      return order === 'LE' ? 'ppc64le' : 'ppc64'
    case 'mipsel':
      return 'mipsle'
    default:
      return nodeArch
  }
}
