/** One line of Linux's /proc/net/tcp and its kin as a socket (Linux: Documentation/networking/proc_net_tcp.rst). */
import { endianness } from 'node:os'
import { unmapped, type IpAddress } from '../support/ip-address.ts'
import type { Protocol, Socket, SocketState } from './socket.ts'

/** `sl local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode` */
const LINE =
  /^ *[0-9]+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +[0-9]+ +[0-9]+ ([0-9]+)(?: |$)/

/** By the kernel's numbers, from 1 on (include/net/tcp_states.h); the last is a request that is not yet a connection. */
const STATES: readonly SocketState[] = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RECV',
]
const UDP_UNCONNECTED = 7

const IS_LITTLE_ENDIAN = endianness() === 'LE'
/** Most sockets share their addresses, and byte arrays are costly to make (measured: a third of a run). */
const CACHE_LIMIT = 4096

export class SocketParser {
  readonly #protocol: Protocol
  readonly #addresses = new Map<string, IpAddress>()

  constructor(protocol: Protocol) {
    this.#protocol = protocol
  }

  /** The sockets among lines: what is none is left out. */
  parse(lines: readonly string[]): readonly Socket[] {
    const sockets: Socket[] = []
    for (const line of lines) {
      const fields = LINE.exec(line)
      if (fields !== null) sockets.push(this.#socketOf(fields))
    }
    return sockets
  }

  #socketOf(fields: RegExpExecArray): Socket {
    const [, local = '', localPort = '', remote = '', remotePort = '', state = '', inode] = fields
    return {
      protocol: this.#protocol,
      state: this.#stateOf(Number.parseInt(state, 16)),
      local: { address: this.#addressOf(local), port: Number.parseInt(localPort, 16) },
      remote: { address: this.#addressOf(remote), port: Number.parseInt(remotePort, 16) },
      owner: Number(inode),
    }
  }

  #stateOf(number: number): SocketState {
    if (number === UDP_UNCONNECTED && this.#protocol.startsWith('udp')) return 'UNCONN'
    return STATES[number] ?? 'UNKNOWN'
  }

  #addressOf(hex: string): IpAddress {
    const known = this.#addresses.get(hex)
    if (known !== undefined) return known
    // The kernel prints each 32 bits as one number, in its own byte order.
    const bytes = Buffer.from(hex, 'hex')
    const address = unmapped(IS_LITTLE_ENDIAN ? bytes.swap32() : bytes)
    if (this.#addresses.size >= CACHE_LIMIT) this.#addresses.clear()
    this.#addresses.set(hex, address)
    return address
  }
}
