/**
 * The host owner's list of everything an agent accepted, ran and sent: one JSON line an entry, each holding the SHA-256 of
 * the line before it, so that a line changed or cut out shows. Not for recovery (journal.ts).
 *
 * DEV NOTE. A file of 64 MiB is put aside as `ledger.1`, `ledger.2` and so on, and the chain goes on in a new `ledger`: the
 * owner may move old files away, and the check then says at which line it begins. Opening reads the last line only. Half a
 * line, which a crash or a full disk left, was never promised to anybody and is cut off: the next must not run into it.
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import type { Clock, Ledger } from '../core/ports.ts'
import { printableJson } from '../core/printable.ts'
import { toInstant } from '../core/time.ts'

/** What the first line names as its predecessor. */
const GENESIS = '0'.repeat(64)
const FILE_SIZE_LIMIT = 64 * 1024 * 1024
/** Looked at first for the last line; an entry holds a whole action, so it may take more. */
const TAIL_SIZE = 64 * 1024

export interface LedgerInit {
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  /** Bytes after which a file is put aside. */
  readonly fileSizeLimit?: number
}

/**
 * Opens the ledger at its end. Appends are in order. An entry is with the operating system when its append resolves: a
 * process that is killed loses none, a power cut perhaps the last ones.
 */
export async function openLedger({
  path,
  clock,
  fileSizeLimit = FILE_SIZE_LIMIT,
}: LedgerInit): Promise<Ledger & { close(): Promise<void> }> {
  let file = await open(path, 'a+', 0o600)
  const tail = await readTail(file)
  let goodSize = tail.size
  let previous = digest(tail.line ?? (await lastLineAside(path)))
  let isTorn = true
  let last: Promise<unknown> = Promise.resolve()

  /** May be tried again wherever it failed. */
  async function putAside(): Promise<void> {
    const aside = await filesAside(path)
    await rename(path, `${path}.${String((aside.at(-1)?.number ?? 0) + 1)}`).catch(ignoreMissing)
    const fresh = await open(path, 'a+', 0o600)
    await file.close()
    file = fresh
    goodSize = 0
  }

  async function write(line: string): Promise<void> {
    if (isTorn) await file.truncate(goodSize)
    if (goodSize >= fileSizeLimit) await putAside()
    isTorn = true
    await file.appendFile(`${line}\n`)
    isTorn = false
    goodSize += Buffer.byteLength(line) + 1
    previous = digest(line)
  }

  return {
    async append(entry) {
      const written = last.then(() => {
        const fields = { time: toInstant(clock.now()), ...entry, previous }
        // Whoever signed an action chose its words, and the owner reads them on a terminal.
        return write(printableJson(fields))
      })
      last = written.catch(() => undefined)
      await written
    },
    async close() {
      await last
      await file.close()
    },
  }
}

export interface LedgerLine {
  readonly text: string
  /** It follows from the line before. */
  readonly isChained: boolean
}

/** Reads a ledger, all of its files, and follows its chain. */
export async function* readLedger(path: string): AsyncGenerator<LedgerLine> {
  const aside = await filesAside(path)
  let before: string | undefined
  for (const file of [...aside.map((each) => each.path), path]) {
    for await (const text of wholeLines(file)) {
      yield { text, isChained: text.endsWith(`"previous":"${digest(before)}"}`) }
      before = text
    }
  }
}

/** Files put aside, oldest first. */
async function filesAside(path: string): Promise<readonly { path: string; number: number }[]> {
  const names = (await readdir(dirname(path)).catch(ignoreMissing)) ?? []
  const prefix = `${basename(path)}.`
  return names
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .toSorted((a, b) => a - b)
    .map((number) => ({ path: `${path}.${String(number)}`, number }))
}

async function lastLineAside(path: string): Promise<string | undefined> {
  const newest = (await filesAside(path)).at(-1)
  if (newest === undefined) return undefined
  const file = await open(newest.path, 'r')
  try {
    return (await readTail(file)).line
  } finally {
    await file.close()
  }
}

/** The last whole line of a file, and how many bytes all whole lines take. */
async function readTail(file: FileHandle): Promise<{ line: string | undefined; size: number }> {
  const { size } = await file.stat()
  for (let take = TAIL_SIZE; ; take *= 2) {
    const from = Math.max(0, size - take)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const bytes = buffer.subarray(0, bytesRead)
    const end = bytes.lastIndexOf('\n')
    const begin = end < 1 ? -1 : bytes.lastIndexOf('\n', end - 1)
    if (begin === -1 && from > 0) continue
    if (end === -1) return { line: undefined, size: 0 }
    return { line: bytes.toString('utf8', begin + 1, end), size: from + end + 1 }
  }
}

/** Half a line at the end is left out. */
async function* wholeLines(path: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      const lines = `${rest}${String(chunk)}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    ignoreMissing(error)
  }
}

/** Only what is not there is empty; what cannot be read must not be begun anew. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

const digest = (line: string | undefined): string =>
  line === undefined ? GENESIS : sha256Hex(toUtf8(line))
