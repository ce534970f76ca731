/** Windows: sockets, cards and neighbours from PowerShell's network commands. Written from documented formats, not from a real host. */
import { z } from 'zod'
import { formatMac } from '../support/hardware-address.ts'
import { parseAddress, withoutZone } from '../support/ip-address.ts'
import { askNetAdapters } from '../support/net-adapter.ts'
import { cardsKnownToNode, type NetworkCard } from '../support/network-card.ts'
import { askPowerShell } from '../support/powershell.ts'
import { ownNamespace, type Host, type HostInit, type Namespace, type Neighbour } from './host.ts'
import type { Endpoint, Owner, Socket, SocketState } from './socket.ts'

export const SOCKETS_SCRIPT = `@{
tcp=@(Get-NetTCPConnection|Select-Object LocalAddress,LocalPort,RemoteAddress,RemotePort,@{n='State';e={"$($_.State)"}},OwningProcess);
udp=@(Get-NetUDPEndpoint|Select-Object LocalAddress,LocalPort,OwningProcess)
}|ConvertTo-Json -Depth 3 -Compress`
export const PROCESSES_SCRIPT =
  'ConvertTo-Json -Compress @(Get-Process|Select-Object Id,ProcessName,Path)'
export const NEIGHBOURS_SCRIPT = `ConvertTo-Json -Compress @(Get-NetNeighbor|Select-Object IPAddress,LinkLayerAddress,InterfaceAlias,@{n='State';e={"$($_.State)"}})`

const udpEndpoint = z.object({
  LocalAddress: z.string(),
  LocalPort: z.number(),
  OwningProcess: z.number(),
})
const tcpConnection = udpEndpoint.extend({
  RemoteAddress: z.string(),
  RemotePort: z.number(),
  State: z.string(),
})
const sockets = z.object({ tcp: z.array(tcpConnection), udp: z.array(udpEndpoint) })
const processes = z.array(
  z.object({ Id: z.number(), ProcessName: z.string(), Path: z.string().nullish() }),
)
const neighbours = z.array(
  z.object({
    IPAddress: z.string(),
    LinkLayerAddress: z.string().nullish(),
    InterfaceAlias: z.string(),
    State: z.string(),
  }),
)

/** Windows' words; what it calls Bound has no peer and does not listen. */
const STATES: Readonly<Record<string, SocketState>> = {
  Closed: 'CLOSE',
  Bound: 'CLOSE',
  Listen: 'LISTEN',
  SynSent: 'SYN_SENT',
  SynReceived: 'SYN_RECV',
  Established: 'ESTABLISHED',
  FinWait1: 'FIN_WAIT1',
  FinWait2: 'FIN_WAIT2',
  CloseWait: 'CLOSE_WAIT',
  Closing: 'CLOSING',
  LastAck: 'LAST_ACK',
  TimeWait: 'TIME_WAIT',
}

export class WindowsHost implements Host {
  readonly #init: HostInit

  constructor(init: HostInit) {
    this.#init = init
  }

  namespaces(): Promise<readonly Namespace[]> {
    return Promise.resolve([ownNamespace()])
  }

  async *sockets(): AsyncGenerator<readonly Socket[]> {
    const told = await this.#ask(SOCKETS_SCRIPT, sockets)
    if (told === undefined) return
    yield told.tcp.flatMap((each) => tcpSocket(each) ?? [])
    yield told.udp.flatMap((each) => udpSocket(each) ?? [])
  }

  async cards(): Promise<readonly NetworkCard[]> {
    const { machine, signal, errors } = this.#init
    const told = await askNetAdapters(machine, signal)
    if (told.kind === 'answered') return told.value
    errors.add('addresses of cards that are down are missing', told.reason)
    return cardsKnownToNode()
  }

  async neighbours(): Promise<readonly Neighbour[]> {
    const told = (await this.#ask(NEIGHBOURS_SCRIPT, neighbours)) ?? []
    return told.flatMap(({ IPAddress, LinkLayerAddress, InterfaceAlias: card, State }) => {
      const mac = formatMac(LinkLayerAddress ?? '')
      const address = withoutZone(IPAddress)
      return mac === undefined ? [] : [{ address, mac, card, state: State.toUpperCase() }]
    })
  }

  async owners(wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, readonly Owner[]>> {
    const told = (await this.#ask(PROCESSES_SCRIPT, processes)) ?? []
    return new Map(
      told
        .filter(({ Id }) => wanted.has(Id))
        .map(({ Id, ProcessName, Path }) => [
          Id,
          [{ pid: Id, name: ProcessName, path: Path || undefined }],
        ]),
    )
  }

  async #ask<T>(script: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const { machine, signal, errors } = this.#init
    const told = await askPowerShell(machine, script, { signal, schema })
    if (told.kind === 'answered') return told.value
    errors.add('netstat', told.reason)
    return undefined
  }
}

function tcpSocket(each: z.infer<typeof tcpConnection>): Socket | undefined {
  const local = endpoint(each.LocalAddress, each.LocalPort)
  const remote = endpoint(each.RemoteAddress, each.RemotePort)
  if (local === undefined || remote === undefined) return undefined
  const protocol = isV6(each) ? 'tcp6' : 'tcp'
  return {
    protocol,
    state: STATES[each.State] ?? 'UNKNOWN',
    local,
    remote,
    owner: each.OwningProcess,
  }
}

/** Windows does not tell the peers of UDP. */
function udpSocket(each: z.infer<typeof udpEndpoint>): Socket | undefined {
  const local = endpoint(each.LocalAddress, each.LocalPort)
  if (local === undefined) return undefined
  const remote = { address: new Uint8Array(local.address.length), port: 0 }
  return {
    protocol: isV6(each) ? 'udp6' : 'udp',
    state: 'UNCONN',
    local,
    remote,
    owner: each.OwningProcess,
  }
}

const isV6 = ({ LocalAddress }: { readonly LocalAddress: string }): boolean =>
  LocalAddress.includes(':')

function endpoint(text: string, port: number): Endpoint | undefined {
  const address = parseAddress(withoutZone(text))
  return address === undefined ? undefined : { address, port }
}
