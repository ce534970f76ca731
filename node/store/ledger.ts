/**
 * The host owner's list of everything an agent accepted, ran and sent: one JSON line an entry, each holding the SHA-256 of
 * the line before it, so that a line changed or cut out shows. Not for recovery (journal.ts).
 */
import { open, readFile } from 'node:fs/promises'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import type { Clock, Ledger } from '../core/ports.ts'
import { toInstant } from '../core/time.ts'

/** What the first line names as its predecessor. */
const GENESIS = '0'.repeat(64)

export interface LedgerCheck {
  readonly lines: readonly string[]
  /** The first line that does not follow from the one before, 1-based; `undefined`: the chain holds. */
  readonly brokenAt: number | undefined
}

/**
 * Opens the ledger at its end. Appends are in order; each is written through before it resolves. Half a line, which a crash
 * left, was never promised to anybody and is cut off: the next one must not run into it.
 */
export async function openLedger(
  path: string,
  clock: Pick<Clock, 'now'>,
): Promise<Ledger & { close(): Promise<void> }> {
  const { lines, size } = await readLedger(path)
  const file = await open(path, 'a', 0o600)
  if ((await file.stat()).size > size) await file.truncate(size)
  let previous = digest(lines.at(-1))
  let last: Promise<unknown> = Promise.resolve()
  return {
    async append(entry) {
      const written = last.then(async () => {
        const line = JSON.stringify({ time: toInstant(clock.now()), ...entry, previous })
        await file.write(`${line}\n`)
        previous = digest(line)
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

/** Reads a ledger and follows its chain. */
export async function checkLedger(path: string): Promise<LedgerCheck> {
  const { lines } = await readLedger(path)
  const broken = lines.findIndex(
    (line, index) => !line.endsWith(`"previous":"${digest(lines[index - 1])}"}`),
  )
  return { lines, brokenAt: broken === -1 ? undefined : broken + 1 }
}

/** Whole lines, and how many bytes they take. */
async function readLedger(path: string): Promise<{ lines: readonly string[]; size: number }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    // Only a ledger that is not there is empty; one that cannot be read must not be cut off.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return { lines: whole.split('\n').slice(0, -1), size: Buffer.byteLength(whole) }
}

const digest = (line: string | undefined): string =>
  line === undefined ? GENESIS : sha256Hex(toUtf8(line))
