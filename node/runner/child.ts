/**
 * The child's entry: `node child.ts REGISTRY_URL`. It loads what modules need, says that it is ready, reads one request,
 * runs it and ends. It is never used twice. Its parent bounds it from outside (supervise.ts).
 */
import { readFileSync, writeSync } from 'node:fs'
import { ANSWERS_FD, decodeFrames, encodeFrame, runRequest } from './channel.ts'
import type { RunAnswer } from './channel.ts'
import { driveModule } from './drive.ts'
import { loadRegistry, PRODUCT_REGISTRY } from './registry.ts'

const FLUSH_BYTES = 64 * 1024
const waiting: Buffer[] = []
let waitingBytes = 0

const stopping = new AbortController()
process.once('SIGTERM', () => {
  stopping.abort()
})

const registry = await loadRegistry(process.argv[2] ?? PRODUCT_REGISTRY)
await registry.warmUp?.()
const requests = decodeFrames(process.stdin)
emit({ kind: 'ready', dataBytes: dataSegmentBytes() })

const first = await requests.next()
if (first.done === true || stopping.signal.aborted) process.exit(1)
exitWithParent()
const request = runRequest.parse(first.value.message)
await driveModule({ registry, request, signal: stopping.signal, emit })
process.exit(0)

/** The parent holds the other end of stdin open for as long as it lives. */
function exitWithParent(): void {
  const exit = (): never => process.exit(1)
  requests.next().then(exit, exit)
}

/** Findings wait for company, all else is said at once: a write for each costs more than many a finding (measured). */
function emit(answer: RunAnswer): number {
  const frame = encodeFrame(answer)
  waiting.push(frame)
  waitingBytes += frame.length
  if (answer.kind !== 'finding' || waitingBytes >= FLUSH_BYTES) flush()
  return frame.length
}

/** Blocks while the parent reads slowly: the pipe is the bound on what is under way. */
function flush(): void {
  let rest = Buffer.concat(waiting.splice(0))
  waitingBytes = 0
  while (rest.length > 0) rest = rest.subarray(writeSync(ANSWERS_FD, rest))
}

/** What Linux counts against RLIMIT_DATA for this process now; 0 where it does not say. */
function dataSegmentBytes(): number {
  try {
    const kilobytes = /^VmData:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    // Not Linux: there is no such limit to be set either.
    return 0
  }
}
