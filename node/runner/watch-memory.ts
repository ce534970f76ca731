/** Looks at a child's resident memory while it runs: buffers and native engines escape V8's heap limit. Linux only. */
import { readFile } from 'node:fs/promises'
import type { Clock } from '../core/ports.ts'

/** Between two looks a run can take some hundred MiB; RLIMIT_DATA (wrappers.ts) stops it there. */
const LOOK_EVERY_MS = 100

export interface MemoryWatch {
  readonly pid: number
  readonly limitBytes: number
  readonly clock: Pick<Clock, 'after'>
  readonly onExceed: () => void
}

/** Watches until the returned function is called or the limit is broken. */
export function watchMemory(watch: MemoryWatch): () => void {
  let isOver = false
  let cancel = (): void => undefined
  const look = async (): Promise<void> => {
    const bytes = await residentBytes(watch.pid)
    if (isOver || bytes === undefined) return
    if (bytes > watch.limitBytes) watch.onExceed()
    else lookLater()
  }
  const lookLater = (): void => {
    cancel = watch.clock.after(LOOK_EVERY_MS, () => void look())
  }
  lookLater()
  return () => {
    isOver = true
    cancel()
  }
}

/** `undefined` when the process is gone, or this is not Linux. */
async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(
      await readFile(`/proc/${pid}/status`, 'utf8'),
    )?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    // No such process or no /proc: nothing to watch.
    return undefined
  }
}
