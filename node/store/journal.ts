/**
 * Which actions ever began to run here: an append-only file outside of the database, on disk before a child starts, never
 * pruned. Deleting the store does not make an agent forget; losing the journal makes it say so.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { documentId, type DocumentId } from '../core/ids.ts'
import type { Clock, Journal, Logger } from '../core/ports.ts'

const HEADER = /^mig-journal-1 lost-before (\d{1,16})$/

/** 64 digits, a space, 8 digits of checksum. */
const LINE_LENGTH = 73

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
  const isWhole = before?.isDamaged === false
  if (!isWhole) logger.log('journal-lost', { path, kept: before?.ids.size ?? 0 })
  const { ids, lostBeforeMs } = isWhole
    ? before
    : await beginAnew(path, { ids: before?.ids ?? new Set(), lostBeforeMs: clock.now() })
  const file = await open(path, 'a', 0o600)
  // A line that a crash cut short must not run into the next.
  if (isWhole && before.isTorn) await file.write('\n')
  let last: Promise<unknown> = Promise.resolve()
  return {
    lostBeforeMs,
    has: (id) => ids.has(id),
    async start(id) {
      ids.add(id)
      const written = last.then(async () => {
        await file.write(lineOf(id))
        await file.datasync()
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

interface JournalContents {
  readonly lostBeforeMs: number
  readonly ids: Set<DocumentId>
  /** A crash cut its last line short: that child never started. */
  readonly isTorn: boolean
  /** A line that was whole once cannot be read. */
  readonly isDamaged: boolean
}

async function readJournal(path: string): Promise<JournalContents | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    // Only a journal that is not there is lost; one that cannot be read now must not be begun anew.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  const [first, ...lines] = text?.split('\n') ?? []
  const lostBefore = HEADER.exec(first ?? '')?.[1]
  if (text === undefined || lostBefore === undefined) return undefined
  const ids = new Set<DocumentId>()
  let isDamaged = false
  for (const line of lines) {
    const [id, sum] = line.split(' ')
    const parsed = documentId.safeParse(id)
    // A short line is a run whose child never started: the write is synced before it does.
    if (parsed.success && sum === lineSum(parsed.data)) ids.add(parsed.data)
    else if (line.length >= LINE_LENGTH) isDamaged = true
  }
  return { lostBeforeMs: Number(lostBefore), ids, isTorn: !text.endsWith('\n'), isDamaged }
}

type Begun = Pick<JournalContents, 'ids' | 'lostBeforeMs'>

/** A new file takes the place of the old one in one step: a crash leaves one of the two. */
async function beginAnew(path: string, begun: Begun): Promise<Begun> {
  const lines = [...begun.ids].map(lineOf).join('')
  await writeSynced(`${path}.new`, 'w', `${headerOf(begun.lostBeforeMs)}${lines}`)
  await rename(`${path}.new`, path)
  return begun
}

const headerOf = (lostBeforeMs: number): string =>
  `mig-journal-1 lost-before ${String(lostBeforeMs)}\n`

const lineOf = (id: DocumentId): string => `${id} ${lineSum(id)}\n`

const lineSum = (id: DocumentId): string => sha256Hex(toUtf8(id)).slice(0, 8)

async function writeSynced(path: string, flags: 'w' | 'wx', text: string): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await file.write(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
