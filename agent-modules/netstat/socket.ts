/** A socket of IPv4 or IPv6, and who holds it, as every platform's reader gives them. */
import { isUnspecified, type IpAddress } from '../support/ip-address.ts'

/** TCP's states as netstat(8) names them; UNCONN is a UDP socket that talks to no one peer. */
export const SOCKET_STATES = [
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
  'UNCONN',
  'UNKNOWN',
] as const
export type SocketState = (typeof SOCKET_STATES)[number]

/** tcp6 and udp6 are sockets of IPv6, which may talk IPv4. */
export type Protocol = 'tcp' | 'tcp6' | 'udp' | 'udp6'

export interface Endpoint {
  readonly address: IpAddress
  readonly port: number
}

export interface Socket {
  readonly protocol: Protocol
  readonly state: SocketState
  readonly local: Endpoint
  /** Unspecified, with port 0, where there is no peer. */
  readonly remote: Endpoint
  /** What its owners are found by: the inode on Linux, the process elsewhere; or NOBODY. */
  readonly owner: number
}

/** A connection that no process holds any more, as in TIME_WAIT. */
export const NOBODY = 0

export interface Owner {
  readonly pid: number
  readonly name: string
  /** Of its executable; undefined where it could not be read. */
  readonly path: string | undefined
  /** There is no such file any more. */
  readonly deleted?: true | undefined
}

const isTcp = ({ protocol }: Socket): boolean => protocol.startsWith('tcp')

/** Takes what comes: TCP that listens, UDP that is bound and open to any peer. */
export const isListening = (socket: Socket): boolean =>
  isTcp(socket) ? socket.state === 'LISTEN' : socket.state === 'UNCONN' && socket.local.port !== 0

/** Has a peer: a listener has none, and 0.0.0.0/0 does not ask for it. */
export const isConnected = ({ remote: { address, port } }: Pick<Socket, 'remote'>): boolean =>
  port !== 0 || !isUnspecified(address)
