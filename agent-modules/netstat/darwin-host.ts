/** macOS: sockets from lsof, cards from ifconfig, neighbours from arp and ndp. Written from documented formats, not from a real host. */
import path from 'node:path'
import { formatMac } from '../support/hardware-address.ts'
import { askIfconfig } from '../support/ifconfig.ts'
import { parseAddress, withoutZone } from '../support/ip-address.ts'
import { cardsKnownToNode, type NetworkCard } from '../support/network-card.ts'
import { printedBy } from '../support/program-output.ts'
import { ownNamespace, type Host, type HostInit, type Namespace, type Neighbour } from './host.ts'
import type { Endpoint, Owner, Protocol, Socket, SocketState } from './socket.ts'

/** Fields of a line each: process, command, descriptor, type, protocol, name, TCP information. */
const LSOF_ARGS = ['-nP', '-i', '-FpcftPnT']
const NOWHERE: Endpoint = { address: new Uint8Array(4), port: 0 }

/** lsof's words that are not netstat's. */
const STATES: Readonly<Record<string, SocketState>> = {
  ESTABLISHED: 'ESTABLISHED',
  SYN_SENT: 'SYN_SENT',
  SYN_RCVD: 'SYN_RECV',
  // As older versions spell it.
  SYN_RCDV: 'SYN_RECV',
  FIN_WAIT_1: 'FIN_WAIT1',
  FIN_WAIT_2: 'FIN_WAIT2',
  TIME_WAIT: 'TIME_WAIT',
  CLOSED: 'CLOSE',
  CLOSE_WAIT: 'CLOSE_WAIT',
  LAST_ACK: 'LAST_ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
}

export class DarwinHost implements Host {
  readonly #init: HostInit

  constructor(init: HostInit) {
    this.#init = init
  }

  namespaces(): Promise<readonly Namespace[]> {
    return Promise.resolve([ownNamespace()])
  }

  async *sockets(): AsyncGenerator<readonly Socket[]> {
    // It ends with 1 also where it merely found nothing.
    const text = await this.#ask('lsof', LSOF_ARGS)
    if (text !== undefined) yield parseLsof(text)
  }

  async cards(): Promise<readonly NetworkCard[]> {
    const cards = await askIfconfig(this.#init.machine, this.#init.signal)
    if (cards !== undefined) return cards
    this.#init.errors.add('ifconfig', 'no answer: addresses of cards that are down are missing')
    return cardsKnownToNode()
  }

  async neighbours(): Promise<readonly Neighbour[]> {
    const arp = (await this.#ask('arp', ['-an'])) ?? ''
    const ndp = (await this.#ask('ndp', ['-an'])) ?? ''
    return [...arp.split('\n').flatMap(parseArpLine), ...ndp.split('\n').flatMap(parseNdpLine)]
  }

  async owners(wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, readonly Owner[]>> {
    const text = (await this.#ask('ps', ['-axo', 'pid=,comm='])) ?? ''
    const owners = [...text.matchAll(/^ *([0-9]+) (.+)$/gm)].map(([, pid, executable = '']) => ({
      pid: Number(pid),
      name: path.posix.basename(executable),
      path: executable.startsWith('/') ? executable : undefined,
    }))
    return new Map(owners.filter(({ pid }) => wanted.has(pid)).map((owner) => [owner.pid, [owner]]))
  }

  async #ask(program: string, args: readonly string[]): Promise<string | undefined> {
    const { machine, signal, errors } = this.#init
    const printed = await printedBy(machine, [program, ...args], { signal, mayFail: true })
    if (printed.kind === 'printed') return printed.text
    errors.add(program, printed.reason)
    return undefined
  }
}

/** A process begins with `p`, a socket of it with `f`. */
function parseLsof(text: string): readonly Socket[] {
  return text.split(/^p/m).flatMap((process) => {
    const pid = Number.parseInt(process, 10)
    return process
      .split(/^f/m)
      .slice(1)
      .flatMap((fields) => parseLsofSocket(pid, fields) ?? [])
  })
}

function parseLsofSocket(pid: number, fields: string): Socket | undefined {
  const field = (name: string): string => new RegExp(`^${name}(.*)$`, 'm').exec(fields)?.[1] ?? ''
  const protocol = protocolOf(field('P'), field('t'))
  const [local = '', remote] = field('n').split('->')
  const at = parseEndpoint(local)
  if (protocol === undefined || at === undefined) return undefined
  const peer = remote === undefined ? NOWHERE : parseEndpoint(remote)
  if (peer === undefined) return undefined
  const isUdp = protocol.startsWith('udp')
  const unstated = isUdp ? (remote === undefined ? 'UNCONN' : 'ESTABLISHED') : 'UNKNOWN'
  return {
    protocol,
    state: STATES[field('TST=')] ?? unstated,
    local: at,
    remote: peer,
    owner: pid,
  }
}

function protocolOf(name: string, type: string): Protocol | undefined {
  if (name === 'TCP') return type === 'IPv6' ? 'tcp6' : 'tcp'
  if (name === 'UDP') return type === 'IPv6' ? 'udp6' : 'udp'
  return undefined
}

/** `*:22`, `10.0.0.1:443`, `[fe80:4::1]:53`. */
function parseEndpoint(text: string): Endpoint | undefined {
  const [, v6, v4 = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\*|[0-9]+)$/.exec(text) ?? []
  const address = v6 === undefined ? parseAddress(v4 === '*' ? '0.0.0.0' : v4) : parseScoped(v6)
  return address === undefined ? undefined : { address, port: port === '*' ? 0 : Number(port) }
}

/** BSD kernels keep the number of the card in the second group of a link-local address. */
function parseScoped(text: string): Uint8Array | undefined {
  const address = parseAddress(withoutZone(text))
  if (address?.[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80) address.fill(0, 2, 4)
  return address
}

/** `? (192.168.1.1) at 0:18:1:8f:23:ed on en1 ifscope [ethernet]` */
function parseArpLine(line: string): Neighbour[] {
  const [, address = '', written = '', card = ''] = /\(([^)]+)\) at (\S+) on (\S+)/.exec(line) ?? []
  const mac = formatMac(written)
  return mac === undefined ? [] : [{ address, mac, card, state: undefined }]
}

/** `fe80::1%en0   0:18:1:8f:23:ed   en0 23h59m58s S R`, under a line of headings. */
function parseNdpLine(line: string): Neighbour[] {
  const [address = '', written = '', card = ''] = line.split(/\s+/)
  const mac = formatMac(written)
  return mac === undefined ? [] : [{ address: withoutZone(address), mac, card, state: undefined }]
}
