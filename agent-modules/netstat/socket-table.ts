/** Sockets out of Linux's /proc/PID/net/{tcp,tcp6,udp,udp6}, of the network namespace that the process is in. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { placeOn, type Machine } from '../support/machine.ts'
import type { Protocol, Socket } from './socket.ts'
import { SocketParser } from './socket-parser.ts'

export const SOCKET_TABLES = ['tcp', 'tcp6', 'udp', 'udp6'] as const satisfies readonly Protocol[]

const READ_SIZE = 64 * 1024
/** Some 400,000 sockets: a table beyond it is cut. */
const TABLE_LIMIT = 64 * 1024 * 1024
/** The kernel's lines are 150 to 200 bytes long. */
const LINE_LIMIT = 1024

/** The first line names the columns. */
const HEAD = /^ *sl +local_address/

/** One read of a table: some sockets, and how many lines were none. */
export interface TableBatch {
  readonly sockets: readonly Socket[]
  readonly garbage: number
  /** The table went on, but is not read further. */
  readonly isCut: boolean
}

/** Batch by batch, as the kernel hands them out. @throws the system's error when it cannot be opened */
export function* readSocketTable(
  machine: Machine,
  pid: number | 'self',
  protocol: Protocol,
): Generator<TableBatch, void> {
  const place = placeOn(machine, `/proc/${pid}/net/${protocol}`)
  const parser = new SocketParser(protocol)
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    for (const { lines, isCut } of readLines(descriptor)) {
      const sockets = parser.parse(lines)
      const others = lines.length - sockets.length
      const garbage = others === 0 ? 0 : others - lines.filter((line) => HEAD.test(line)).length
      yield { sockets, garbage, isCut }
    }
  } finally {
    closeSync(descriptor)
  }
}

function* readLines(
  descriptor: number,
): Generator<{ readonly lines: readonly string[]; readonly isCut: boolean }, void> {
  const buffer = Buffer.allocUnsafe(READ_SIZE)
  let rest = ''
  for (let total = 0, length = 1; length > 0; total += length) {
    length = readSync(descriptor, buffer, 0, READ_SIZE, null)
    const lines = (rest + buffer.toString('latin1', 0, length)).split('\n')
    // A line without an end is garbage: its start will do.
    rest = (lines.pop() ?? '').slice(0, LINE_LIMIT)
    const isCut = total + length >= TABLE_LIMIT
    yield { lines, isCut }
    if (isCut) return
  }
  if (rest !== '') yield { lines: [rest], isCut: false }
}
