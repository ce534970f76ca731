/** What `netstat` asks of a platform. Each platform's answer is in a file of its own. */
import type { Machine } from '../support/machine.ts'
import type { NetworkCard } from '../support/network-card.ts'
import type { Pace } from '../support/pace.ts'
import type { SoftErrors } from '../support/soft-errors.ts'
import type { Owner, Socket } from './socket.ts'

export interface HostInit {
  readonly machine: Machine
  readonly signal: AbortSignal
  readonly errors: SoftErrors
  readonly pace: Pace
}

export interface Neighbour {
  readonly address: string
  readonly mac: string
  /** The card it is behind. */
  readonly card: string
  /** As the kernel's table has it: `REACHABLE`, `STALE`; undefined where it is not told. */
  readonly state: string | undefined
}

/** A network stack of the host, with sockets, cards and neighbours of its own. */
export interface Namespace {
  /** MIG's words: `default`, `net:[4026531840]`; undefined where there is but one. */
  readonly name: string | undefined
  /** Processes that are in it, to be asked one after the other; undefined for the module's own. */
  readonly pids: readonly number[] | undefined
}

/** The one that this process is in. */
export const ownNamespace = (name?: string): Namespace => ({ name, pids: undefined })

/** What cannot be told is a soft error, and an empty answer. */
export interface Host {
  namespaces(all: boolean): Promise<readonly Namespace[]>
  /** In batches small enough to pause between them. */
  sockets(namespace: Namespace): Iterable<readonly Socket[]> | AsyncIterable<readonly Socket[]>
  cards(namespace: Namespace): Promise<readonly NetworkCard[]>
  neighbours(namespace: Namespace): Promise<readonly Neighbour[]>
  /** By what the sockets said of their owner; sockets that nobody holds are missing. */
  owners(wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, readonly Owner[]>>
}
