/**
 * Which actions ever began to run here: an append-only file outside of the database, on disk before a child starts, never
 * pruned. Deleting the store does not make an agent forget; losing the journal makes it say so.
 *
 * DEV NOTE. A line that a crash cut short can only be the last one, without its end of line, and its child never started: it
 * is cut off. Any other line that cannot be read was whole once, and may have held any id, so everything before now counts
 * as lost. An append that failed is cut off before the next, so that no torn line ever comes to stand in the middle.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { documentId, type DocumentId } from '../core/ids.ts'
import type { Clock, Journal, Logger } from '../core/ports.ts'

const HEADER = /^mig-journal-1 lost-before (\d{1,16})$/

/** 64 digits, a space, 8 digits of checksum, the end of the line. */
const LINE_SIZE = 74
/** Damaged lines that the log names. */
const NAMED_LINES = 16

export interface JournalInit {
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
}

/** A fresh journal for a fresh home: nothing was lost. */
export async function createJournal(path: string): Promise<void> {
  await writeSynced(path, 'wx', headerOf(0))
}

/**
 * Opens the journal. A missing or headless one is begun anew, and everything valid before now counts as lost; so it does
 * when a line in it was damaged, since an id may be gone. What can be read of it is kept.
 */
export async function openJournal({
  path,
  clock,
  logger,
}: JournalInit): Promise<Journal & { close(): Promise<void> }> {
  const before = await readJournal(path)
  const isWhole = before !== undefined && before.damagedLines.length === 0
  if (!isWhole) {
    const damaged = before?.damagedLines.slice(0, NAMED_LINES).map(String) ?? []
    logger.log('journal-lost', { path, kept: before?.ids.size ?? 0, damaged })
  }
  const { ids, lostBeforeMs, size } = isWhole
    ? before
    : await beginAnew(path, { ids: before?.ids ?? new Set(), lostBeforeMs: clock.now() })
  const file = await open(path, 'a', 0o600)
  const append = createAppender(file, size)
  let last: Promise<unknown> = Promise.resolve()
  return {
    lostBeforeMs,
    has: (id) => ids.has(id),
    async start(id) {
      ids.add(id)
      const written = last.then(() => append(lineOf(id)))
      last = written.catch(() => undefined)
      await written
    },
    async close() {
      await last
      await file.close()
    },
  }
}

/** Appends and syncs one line at a time after `size` bytes that are good, over whatever a failed append left behind them. */
function createAppender(file: FileHandle, size: number): (line: string) => Promise<void> {
  let goodSize = size
  let isTorn = true
  return async (line) => {
    if (isTorn) await file.truncate(goodSize)
    isTorn = true
    await file.appendFile(line)
    await file.datasync()
    isTorn = false
    goodSize += LINE_SIZE
  }
}

interface JournalContents {
  readonly lostBeforeMs: number
  readonly ids: Set<DocumentId>
  /** Bytes up to the end of the last whole line. */
  readonly size: number
  /** Which lines, 1-based, were whole once and cannot be read. */
  readonly damagedLines: readonly number[]
}

async function readJournal(path: string): Promise<JournalContents | undefined> {
  const text = await readFile(path, 'latin1').catch((error: unknown) => {
    // Only a journal that is not there is lost; one that cannot be read now must not be begun anew.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  const [first, ...lines] = text?.split('\n') ?? []
  const lostBefore = HEADER.exec(first ?? '')?.[1]
  if (text === undefined || lostBefore === undefined) return undefined
  const rest = lines.pop() ?? ''
  const ids = lines.map(readLine)
  const damagedLines = ids.flatMap((id, index) => (id === undefined ? [index + 2] : []))
  // As long as a line, and not ended: it was one.
  if (rest.length >= LINE_SIZE) damagedLines.push(ids.length + 2)
  return {
    lostBeforeMs: Number(lostBefore),
    ids: new Set(ids.filter((id) => id !== undefined)),
    size: text.length - rest.length,
    damagedLines,
  }
}

function readLine(line: string): DocumentId | undefined {
  const [id, sum, ...more] = line.split(' ')
  const parsed = documentId.safeParse(id)
  return parsed.success && sum === lineSum(parsed.data) && more.length === 0
    ? parsed.data
    : undefined
}

type Begun = Pick<JournalContents, 'ids' | 'lostBeforeMs' | 'size'>

/** A new file takes the place of the old one in one step: a crash leaves one of the two. */
async function beginAnew(path: string, begun: Omit<Begun, 'size'>): Promise<Begun> {
  const text = `${headerOf(begun.lostBeforeMs)}${[...begun.ids].map(lineOf).join('')}`
  await writeSynced(`${path}.new`, 'w', text)
  await rename(`${path}.new`, path)
  return { ...begun, size: text.length }
}

const headerOf = (lostBeforeMs: number): string =>
  `mig-journal-1 lost-before ${String(lostBeforeMs)}\n`

const lineOf = (id: DocumentId): string => `${id} ${lineSum(id)}\n`

const lineSum = (id: DocumentId): string => sha256Hex(toUtf8(id)).slice(0, 8)

async function writeSynced(path: string, flags: 'w' | 'wx', text: string): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await file.appendFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
