/** Linux: sockets from /proc, cards and neighbours from iproute2, each in every network namespace that some process is in. */
import { readFileSync, readlinkSync } from 'node:fs'
import { formatMac } from '../support/hardware-address.ts'
import { askLinks, askNeighbours, type IpAnswer, type IpQuestion } from '../support/iproute.ts'
import { placeOn } from '../support/machine.ts'
import { cardsKnownToNode, type NetworkCard } from '../support/network-card.ts'
import { listPids, readProcLink } from '../support/procfs.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'
import { ownNamespace, type Host, type HostInit, type Namespace, type Neighbour } from './host.ts'
import type { Owner, Protocol, Socket } from './socket.ts'
import { findOwners } from './socket-owners.ts'
import { readSocketTable, SOCKET_TABLES } from './socket-table.ts'

const DEFAULT = ownNamespace('default')
/** A host of many containers has hundreds. */
const NAMESPACES_LIMIT = 1024
/** Any process of a namespace will do, and some may end before they are asked. */
const PIDS_LIMIT = 4

export class LinuxHost implements Host {
  readonly #init: HostInit

  constructor(init: HostInit) {
    this.#init = init
  }

  async namespaces(all: boolean): Promise<readonly Namespace[]> {
    return all ? [DEFAULT, ...(await this.#otherNamespaces())] : [DEFAULT]
  }

  *sockets(namespace: Namespace): Generator<readonly Socket[], void> {
    const pid = this.#livingPid(namespace)
    if (pid === undefined) return
    for (const table of SOCKET_TABLES) {
      try {
        yield* this.#table(namespace, pid, table)
      } catch (error) {
        // Where IPv6 is switched off there is no table of it.
        if (!hasVanished(error) || table === 'tcp')
          this.#say(namespace, `${table}: ${reasonOf(error)}`)
      }
    }
  }

  async cards(namespace: Namespace): Promise<readonly NetworkCard[]> {
    const answer = await this.#ask(namespace, askLinks)
    if (answer.kind === 'answered') return answer.rows
    const isOwn = namespace.pids === undefined
    const lack = isOwn
      ? 'addresses of cards that are down are missing'
      : 'its addresses are missing'
    this.#say(namespace, `${lack}: ${answer.reason}`)
    return isOwn ? cardsKnownToNode() : []
  }

  async neighbours(namespace: Namespace): Promise<readonly Neighbour[]> {
    const answer = await this.#ask(namespace, askNeighbours)
    if (answer.kind === 'failed') {
      this.#say(namespace, `IPv6 neighbours are missing: ${answer.reason}`)
      return this.#arpTable(namespace)
    }
    return answer.rows.flatMap(({ dst, dev, lladdr = '', state: [state] }) => {
      const mac = formatMac(lladdr)
      return mac === undefined ? [] : [{ address: dst, mac, card: dev, state }]
    })
  }

  owners(wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, readonly Owner[]>> {
    return findOwners(this.#init, wanted)
  }

  *#table(
    namespace: Namespace,
    pid: number | 'self',
    table: Protocol,
  ): Generator<readonly Socket[], void> {
    let garbage = 0
    for (const batch of readSocketTable(this.#init.machine, pid, table)) {
      yield batch.sockets
      garbage += batch.garbage
      if (batch.isCut) this.#say(namespace, `${table}: too long, only its start was read`)
    }
    if (garbage > 0) this.#say(namespace, `${table}: ${garbage} lines are no sockets`)
  }

  async #otherNamespaces(): Promise<readonly Namespace[]> {
    const { machine, errors, pace, signal } = this.#init
    const own = readProcLink(machine, 'self/ns/net')
    const pidsByName = new Map<string, number[]>()
    let hidden = 0
    for (const pid of listPids(machine)) {
      if (pace.isDue()) await pace.turn()
      if (signal.aborted) break
      try {
        const name = readlinkSync(placeOn(machine, `/proc/${pid}/ns/net`))
        if (name !== own) addPid(pidsByName, name, pid)
      } catch (error) {
        if (!hasVanished(error)) hidden += 1
      }
    }
    const all = [...pidsByName].map(([name, pids]) => ({ name, pids }))
    if (hidden > 0) errors.notice(`processes whose network namespace may not be seen: ${hidden}`)
    if (all.length > NAMESPACES_LIMIT)
      errors.notice(`${all.length} network namespaces: only ${NAMESPACES_LIMIT} were looked at`)
    return all.slice(0, NAMESPACES_LIMIT)
  }

  /** Undefined, and said, when all that were seen in a namespace have left it. */
  #livingPid(namespace: Namespace): number | 'self' | undefined {
    if (namespace.pids === undefined) return 'self'
    const living = namespace.pids.find(
      (pid) => readProcLink(this.#init.machine, `${pid}/ns/net`) === namespace.name,
    )
    if (living === undefined) this.#say(namespace, 'its processes ended before it was looked at')
    return living
  }

  async #ask<Row>(
    namespace: Namespace,
    ask: (machine: HostInit['machine'], question: IpQuestion) => Promise<IpAnswer<Row>>,
  ): Promise<IpAnswer<Row>> {
    const { machine, signal } = this.#init
    const pid = this.#livingPid(namespace)
    if (pid === undefined) return { kind: 'answered', rows: [] }
    return ask(machine, { signal, pid: pid === 'self' ? undefined : pid })
  }

  /** `IP type flags MAC mask card`: IPv4 only. */
  #arpTable(namespace: Namespace): readonly Neighbour[] {
    const pid = this.#livingPid(namespace)
    if (pid === undefined) return []
    try {
      const text = readFileSync(placeOn(this.#init.machine, `/proc/${pid}/net/arp`), 'utf8')
      return text
        .split('\n')
        .slice(1)
        .flatMap((line) => {
          const [address = '', , , written = '', , card = ''] = line.split(/\s+/)
          const mac = formatMac(written)
          return mac === undefined ? [] : [{ address, mac, card, state: undefined }]
        })
    } catch (error) {
      this.#say(namespace, `arp: ${reasonOf(error)}`)
      return []
    }
  }

  #say({ name = '' }: Namespace, problem: string): void {
    this.#init.errors.add(`network namespace ${name}`, problem)
  }
}

function addPid(pidsByName: Map<string, number[]>, name: string, pid: number): void {
  const pids = pidsByName.get(name)
  if (pids === undefined) pidsByName.set(name, [pid])
  else if (pids.length < PIDS_LIMIT) pids.push(pid)
}
