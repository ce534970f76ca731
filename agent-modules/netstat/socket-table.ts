/** Sockets out of Linux's /proc/PID/net/{tcp,tcp6,udp,udp6}, of the network namespace that the process is in. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { placeOn, type Machine } from '../support/machine.ts'
import type { Protocol, Socket } from './socket.ts'
import { SocketParser } from './socket-parser.ts'

export const SOCKET_TABLES = ['tcp', 'tcp6', 'udp', 'udp6'] as const satisfies readonly Protocol[]

const READ_SIZE = 64 * 1024
/** Some 400,000 sockets: a table beyond it is cut. */
const TABLE_LIMIT = 64 * 1024 * 1024
const NEWLINE = 0x0a

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
  const buffer = Buffer.allocUnsafe(READ_SIZE)
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    let total = 0
    // Bytes in the buffer: first the start of a line whose end was not read yet.
    let held = 0
    let isCut = false
    for (let length = READ_SIZE; length > 0 && !isCut;) {
      length = readSync(descriptor, buffer, held, READ_SIZE - held, null)
      held += length
      total += length
      isCut = total >= TABLE_LIMIT
      const end = length === 0 ? held : endOfLines(buffer, held)
      yield { ...parser.parse(buffer.subarray(0, end)), isCut }
      buffer.copyWithin(0, end, held)
      held -= end
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Behind the last whole line; a line that fills the buffer is garbage, and is passed on as it is. */
function endOfLines(buffer: Buffer, held: number): number {
  const end = buffer.lastIndexOf(NEWLINE, held - 1) + 1
  return end === 0 && held === buffer.length ? held : end
}
