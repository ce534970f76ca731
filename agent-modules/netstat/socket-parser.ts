/**
 * Sockets out of the lines of Linux's /proc/net/tcp and its kin (Linux: Documentation/networking/proc_net_tcp.rst). Bytes are
 * read as they are: making texts of the lines takes as long as the kernel needs to print them (measured).
 */
import { endianness } from 'node:os'
import { unmapped, type IpAddress } from '../support/ip-address.ts'
import type { Endpoint, Protocol, Socket, SocketState } from './socket.ts'

/** `sl local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode` */
const LOCAL = 1
const REMOTE = 2
const STATE = 3
const INODE = 9
const FIELDS = 10
const HEAD = /^ *sl +local_address/

const SPACE = 0x20
const NEWLINE = 0x0a
const COLON = 0x3a
const PORT_DIGITS = 4
const STATE_DIGITS = 2

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
/** Most sockets share their addresses, and byte arrays are costly to make. */
const CACHE_LIMIT = 4096

export class SocketParser {
  readonly #protocol: Protocol
  readonly #addressDigits: number
  readonly #addresses = new Map<string, IpAddress>()
  /** Where the fields of the line at hand begin. */
  readonly #fields = new Int32Array(FIELDS)

  constructor(protocol: Protocol) {
    this.#protocol = protocol
    this.#addressDigits = protocol.endsWith('6') ? 32 : 8
  }

  /** The sockets of whole lines, and how many lines are none. */
  parse(bytes: Buffer): { readonly sockets: readonly Socket[]; readonly garbage: number } {
    const sockets: Socket[] = []
    let garbage = 0
    for (let from = 0, to = 0; from < bytes.length; from = to + 1) {
      const newline = bytes.indexOf(NEWLINE, from)
      to = newline === -1 ? bytes.length : newline
      const socket = this.#parseLine(bytes, from, to)
      if (socket !== undefined) sockets.push(socket)
      else if (!HEAD.test(bytes.toString('latin1', from, to))) garbage += 1
    }
    return { sockets, garbage }
  }

  #parseLine(bytes: Buffer, from: number, to: number): Socket | undefined {
    if (!this.#findFields(bytes, from, to)) return undefined
    const local = this.#endpointAt(bytes, this.#fields[LOCAL] ?? 0)
    const remote = this.#endpointAt(bytes, this.#fields[REMOTE] ?? 0)
    const state = hexAt(bytes, this.#fields[STATE] ?? 0, STATE_DIGITS)
    const owner = decimalAt(bytes, this.#fields[INODE] ?? 0)
    if (local === undefined || remote === undefined || state === undefined || owner === undefined)
      return undefined
    return { protocol: this.#protocol, state: this.#stateOf(state), local, remote, owner }
  }

  #findFields(bytes: Buffer, from: number, to: number): boolean {
    let count = 0
    let last = SPACE
    for (let at = from; at < to && count < FIELDS; at += 1) {
      const byte = bytes[at] ?? 0
      if (last === SPACE && byte !== SPACE) {
        this.#fields[count] = at
        count += 1
      }
      last = byte
    }
    return count === FIELDS
  }

  #endpointAt(bytes: Buffer, at: number): Endpoint | undefined {
    const end = at + this.#addressDigits
    if (bytes[end] !== COLON) return undefined
    const address = this.#addressOf(bytes.toString('latin1', at, end))
    const port = hexAt(bytes, end + 1, PORT_DIGITS)
    return address === undefined || port === undefined ? undefined : { address, port }
  }

  #addressOf(hex: string): IpAddress | undefined {
    const known = this.#addresses.get(hex)
    if (known !== undefined) return known
    const bytes = Buffer.from(hex, 'hex')
    // What is not hex ends it.
    if (2 * bytes.length !== hex.length) return undefined
    // The kernel prints each 32 bits as one number, in its own byte order.
    const address = unmapped(IS_LITTLE_ENDIAN ? bytes.swap32() : bytes)
    if (this.#addresses.size >= CACHE_LIMIT) this.#addresses.clear()
    this.#addresses.set(hex, address)
    return address
  }

  #stateOf(number: number): SocketState {
    if (number === UDP_UNCONNECTED && this.#protocol.startsWith('udp')) return 'UNCONN'
    return STATES[number] ?? 'UNKNOWN'
  }
}

/** Undefined where there are fewer digits. */
function hexAt(bytes: Buffer, at: number, digits: number): number | undefined {
  let number = 0
  for (let index = at; index < at + digits; index += 1) {
    const byte = bytes[index] ?? 0
    if (byte >= 0x30 && byte <= 0x39) number = number * 16 + byte - 0x30
    else if (byte >= 0x41 && byte <= 0x46) number = number * 16 + byte - 0x41 + 10
    else return undefined
  }
  return number
}

/** Undefined where there is no digit. */
function decimalAt(bytes: Buffer, from: number): number | undefined {
  let number = 0
  let at = from
  for (; isDigit(bytes[at] ?? 0); at += 1) number = number * 10 + (bytes[at] ?? 0) - 0x30
  return at === from ? undefined : number
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
