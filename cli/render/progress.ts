/** One line on a terminal that says how far a hunt is; nothing where nobody looks. */
import type { Io } from '../io.ts'

export interface Progress {
  show(done: number, total: number, words: string): void
  /** Takes the line away, before anything else is written. */
  clear(): void
}

const WIDTH = 24
const ERASE = '\r\u001b[K'

export function createProgress({ stderr, env }: Io): Progress {
  if (!stderr.isTerminal || env['TERM'] === 'dumb')
    return { show: () => undefined, clear: () => undefined }
  let isShown = false
  return {
    show(done, total, words) {
      const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * WIDTH)
      const bar = `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${words}`
      stderr.write(`${ERASE}${bar.slice(0, Math.max(WIDTH, stderr.columns - 1))}`)
      isShown = true
    },
    clear() {
      if (isShown) stderr.write(ERASE)
      isShown = false
    },
  }
}
