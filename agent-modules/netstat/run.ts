/** One run of `netstat`: reads the sockets, cards and neighbours of each namespace once for all questions. */
import type { RunContext } from '../contract.ts'
import { formatDuration } from '../support/go-format.ts'
import { formatAddress, type IpAddress } from '../support/ip-address.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'
import { Pace } from '../support/pace.ts'
import { softErrorsOf } from '../support/soft-errors.ts'
import type { Finding, Statistics, Thing } from './answer.ts'
import { DarwinHost } from './darwin-host.ts'
import type { Host, HostInit, Namespace } from './host.ts'
import { LinuxHost } from './linux-host.ts'
import type { Parameters } from './parameters.ts'
import { compileQueries, type Queries, type Query } from './queries.ts'
import { isConnected, NOBODY, type Owner, type Socket } from './socket.ts'
import { WindowsHost } from './windows-host.ts'

/** What a host answers at most: some 6 MB. A busy proxy asked for every connection has more. */
export const FINDINGS_LIMIT = 20_000

/** @throws UnsupportedError on platforms other than Linux, macOS and Windows */
export async function* runOn(
  machine: Machine,
  parameters: Parameters,
  context: RunContext<Statistics>,
): AsyncGenerator<Finding, void> {
  const startedMs = performance.now()
  const errors = softErrorsOf(context)
  const init = { machine, signal: context.signal, errors, pace: new Pace() }
  const search = new Search(init, compileQueries(parameters))
  await search.run(parameters.namespaces)
  errors.close()
  const exectime = formatDuration(performance.now() - startedMs)
  yield* search.findings
  context.reportStatistics({
    examined: search.examined,
    totalhits: search.findings.length,
    exectime,
  })
}

function hostOf(init: HostInit): Host {
  const { machine } = init
  if (machine.platform === 'linux') return new LinuxHost(init)
  if (machine.platform === 'darwin') return new DarwinHost(init)
  if (machine.platform === 'win32') return new WindowsHost(init)
  return unsupportedHere('netstat', machine)
}

/** A socket that was asked for: its owners are looked up when all are known. */
interface Match {
  readonly query: Query<Socket>
  readonly namespace: Namespace
  readonly socket: Socket
}

class Search {
  readonly findings: Finding[] = []
  examined = 0
  readonly #init: HostInit
  readonly #host: Host
  readonly #queries: Queries
  readonly #matches: Match[] = []
  /** Sockets share their addresses: a twentieth of the run went into writing them one by one (measured). */
  readonly #texts = new Map<IpAddress, string>()
  #isCut = false

  constructor(init: HostInit, queries: Queries) {
    this.#init = init
    this.#host = hostOf(init)
    this.#queries = queries
  }

  async run(allNamespaces: boolean): Promise<void> {
    const { errors, signal } = this.#init
    for (const namespace of await this.#host.namespaces(allNamespaces)) {
      if (this.#isOver()) break
      await this.#lookAtCards(namespace)
      await this.#lookAtNeighbours(namespace)
      await this.#lookAtSockets(namespace)
    }
    await this.#nameOwners()
    if (this.#isCut) errors.notice(`only the first ${FINDINGS_LIMIT} findings are returned`)
    if (signal.aborted) errors.notice('stopped before the end of the search')
  }

  async #lookAtCards(namespace: Namespace): Promise<void> {
    const { localMacs, localIps } = this.#queries
    if (localMacs.length + localIps.length === 0) return
    for (const { name, mac, addresses } of await this.#host.cards(namespace)) {
      const card = { localmacaddr: mac, interface: name, namespace: namespace.name }
      this.examined += 1 + addresses.length
      if (mac !== undefined) this.#ask(localMacs, mac, card)
      for (const { address } of addresses)
        this.#ask(localIps, address, { localaddr: address, ...card })
    }
  }

  async #lookAtNeighbours(namespace: Namespace): Promise<void> {
    const { neighbourMacs, neighbourIps } = this.#queries
    if (neighbourMacs.length + neighbourIps.length === 0) return
    for (const { address, mac, card, state } of await this.#host.neighbours(namespace)) {
      const found = {
        remotemacaddr: mac,
        remoteaddr: address,
        neighborstate: state,
        interface: card,
        namespace: namespace.name,
      }
      this.examined += 1
      this.#ask(neighbourMacs, mac, found)
      this.#ask(neighbourIps, address, found)
    }
  }

  #ask<Value>(queries: readonly Query<Value>[], value: Value, found: Thing): void {
    for (const query of queries)
      if (query.matches(value) && this.#hasRoom())
        this.findings.push({ key: query.key, query: query.text, found })
  }

  async #lookAtSockets(namespace: Namespace): Promise<void> {
    if (this.#queries.sockets.length === 0) return
    for await (const batch of this.#host.sockets(namespace)) {
      for (const socket of batch) this.#match(socket, namespace)
      this.examined += batch.length
      if (this.#init.pace.isDue()) await this.#init.pace.turn()
      if (this.#isOver()) return
    }
  }

  #match(socket: Socket, namespace: Namespace): void {
    for (const query of this.#queries.sockets)
      if (query.matches(socket) && this.#hasRoom()) this.#matches.push({ query, namespace, socket })
  }

  async #nameOwners(): Promise<void> {
    const wanted = new Set(this.#matches.map(({ socket }) => socket.owner))
    wanted.delete(NOBODY)
    const owners = wanted.size === 0 ? undefined : await this.#host.owners(wanted)
    for (const { query, namespace, socket } of this.#matches) {
      const found = this.#describe(socket, owners?.get(socket.owner), namespace)
      this.findings.push({ key: query.key, query: query.text, found })
    }
  }

  #describe(
    { local, remote, protocol, state }: Socket,
    owners: readonly Owner[] | undefined,
    { name: namespace }: Namespace,
  ): Thing {
    const hasPeer = isConnected({ remote })
    return {
      localaddr: this.#textOf(local.address),
      localport: local.port,
      remoteaddr: hasPeer ? this.#textOf(remote.address) : undefined,
      remoteport: hasPeer ? remote.port : undefined,
      protocol,
      state,
      processes: owners === undefined ? undefined : [...owners],
      namespace,
    }
  }

  #textOf(address: IpAddress): string {
    const known = this.#texts.get(address)
    if (known !== undefined) return known
    const text = formatAddress(address)
    this.#texts.set(address, text)
    return text
  }

  #hasRoom(): boolean {
    this.#isCut ||= this.findings.length + this.#matches.length >= FINDINGS_LIMIT
    return !this.#isCut
  }

  #isOver(): boolean {
    return this.#isCut || this.#init.signal.aborted
  }
}
