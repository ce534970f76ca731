/**
 * Which actions ever began to run here: an append-only file outside of the database, on disk before a child starts, never
 * pruned. Deleting the store does not make an agent forget; losing the journal makes it say so.
 */
import { open, readFile } from 'node:fs/promises'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { documentId, type DocumentId } from '../core/ids.ts'
import type { Clock, Journal, Logger } from '../core/ports.ts'

const HEADER = /^mig-journal-1 lost-before (\d{1,16})$/

export interface JournalInit {
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
}

/** A fresh journal for a fresh home: nothing was lost. */
export async function createJournal(path: string): Promise<void> {
  await writeSynced(path, 'wx', 'mig-journal-1 lost-before 0\n')
}

/** Opens the journal; a missing or headless one is begun anew, and everything valid before now counts as lost. */
export async function openJournal({
  path,
  clock,
  logger,
}: JournalInit): Promise<Journal & { close(): Promise<void> }> {
  const before = await readJournal(path)
  if (before === undefined) {
    logger.log('journal-lost', { path })
    await writeSynced(path, 'w', `mig-journal-1 lost-before ${clock.now()}\n`)
  }
  const { lostBeforeMs, ids, isTorn } = before ?? {
    lostBeforeMs: clock.now(),
    ids: new Set(),
    isTorn: false,
  }
  const file = await open(path, 'a', 0o600)
  // A line that a crash cut short must not run into the next.
  if (isTorn) await file.write('\n')
  let last: Promise<unknown> = Promise.resolve()
  return {
    lostBeforeMs,
    has: (id) => ids.has(id),
    async start(id) {
      ids.add(id)
      const written = last.then(async () => {
        await file.write(`${id} ${lineSum(id)}\n`)
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
  readonly isTorn: boolean
}

async function readJournal(path: string): Promise<JournalContents | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const [first, ...lines] = text?.split('\n') ?? []
  const lostBefore = HEADER.exec(first ?? '')?.[1]
  if (text === undefined || lostBefore === undefined) return undefined
  const ids = new Set<DocumentId>()
  for (const line of lines) {
    const [id, sum] = line.split(' ')
    const parsed = documentId.safeParse(id)
    // A torn line is a run whose child never started: the write is synced before it does.
    if (parsed.success && sum === lineSum(parsed.data)) ids.add(parsed.data)
  }
  return { lostBeforeMs: Number(lostBefore), ids, isTorn: !text.endsWith('\n') }
}

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
