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

/** Opens the ledger at its end. Appends are in order; each is written through before it resolves. */
export async function openLedger(
  path: string,
  clock: Pick<Clock, 'now'>,
): Promise<Ledger & { close(): Promise<void> }> {
  const { lines } = await checkLedger(path)
  const file = await open(path, 'a', 0o600)
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
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  const broken = lines.findIndex(
    (line, index) => !line.endsWith(`"previous":"${digest(lines[index - 1])}"}`),
  )
  return { lines, brokenAt: broken === -1 ? undefined : broken + 1 }
}

const digest = (line: string | undefined): string =>
  line === undefined ? GENESIS : sha256Hex(toUtf8(line))
