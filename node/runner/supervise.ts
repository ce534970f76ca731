/**
 * DEV NOTE. One run in one child, from request to corpse. The run ends at the first of: the child's last word, its
 * death, a broken or oversized message, the clock, the caller's signal, the memory limit. A run that is out of time or
 * cancelled is asked to stop first (SIGTERM, then `graceMs`); in every case the whole process group is killed, because
 * a finished child has nothing left to do. What goes wrong: a child that cannot be killed (blocked in the kernel, as on
 * a dead NFS server) is answered for after KILL_WAIT_MS and gives its slot back; few of one module may be left (stuck.ts).
 */
import { hasCode, reasonOf } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { OperationResult } from '../core/result.ts'
import { runAnswer } from './channel.ts'
import type { RunRequest } from './channel.ts'
import type { Collector, Ending } from './collect.ts'
import type { RunLimits } from './limits.ts'
import type { Child, Exit } from './start-child.ts'
import { watchMemory } from './watch-memory.ts'

const KILL_WAIT_MS = 5000
/** After a child's death, what it said is already in the pipe; one that escaped its group may hold the pipe open. */
const DRAIN_MS = 1000

export interface RunInit {
  readonly child: Child
  readonly request: RunRequest
  readonly collector: Collector
  readonly limits: RunLimits
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** The runner closes: no grace. */
  readonly closing: AbortSignal
}

/**
 * Never rejects. After anything but a last word the child has ended, or cannot be killed, when this resolves; one that
 * finished is being killed, and keeps its slot until it is gone.
 */
export async function supervise(run: RunInit): Promise<OperationResult> {
  const { child, clock, limits } = run
  const interruption = watchRun(run)
  const ending = await Promise.race([converse(run), interruption.ending])
  interruption.stop()
  if (ending.status === 'timeout' || ending.status === 'cancelled') {
    if (!run.closing.aborted) child.kill('SIGTERM')
    await settles(child.exited, run.closing.aborted ? 0 : limits.graceMs, clock)
  }
  child.kill('SIGKILL')
  if (ending.status !== 'success') await settles(child.exited, KILL_WAIT_MS, clock)
  return run.collector.result(ending)
}

/** Reads the child until it has said its last word or died. Never rejects. */
async function converse(run: RunInit): Promise<Ending> {
  const { exited } = run.child
  const spoken = listen(run)
  const drained = exited.then(() => settles(spoken, DRAIN_MS, run.clock)).then(() => undefined)
  return (await Promise.race([spoken, drained])) ?? deathOf(await exited)
}

async function listen({ child, collector, request }: RunInit): Promise<Ending | undefined> {
  try {
    child.send(request)
    for await (const { message, bytes } of child.frames) {
      const answer = runAnswer.safeParse(message)
      if (!answer.success) return BROKEN_MESSAGE
      const ending = collector.take(answer.data, bytes)
      if (ending !== undefined) return ending
    }
    return undefined
  } catch (error) {
    // An oversized message is a broken limit, a garbled one a broken module; both end the run.
    return hasCode(error, 'TOO_LARGE')
      ? { status: 'killed', reason: reasonOf(error) }
      : BROKEN_MESSAGE
  }
}

const BROKEN_MESSAGE: Ending = {
  status: 'failed',
  reason: 'the module broke its channel of answers',
}

/** What a death without a last word means. */
function deathOf(exit: Exit): Ending {
  if (exit.isOutOfMemory) return { status: 'killed', reason: 'ran out of memory' }
  if (exit.signal === 'SIGKILL') {
    return { status: 'killed', reason: 'killed from outside, as a system short of memory does' }
  }
  if (exit.signal === 'SIGXCPU') {
    return { status: 'killed', reason: 'used more processor time than a run may use' }
  }
  const how = exit.signal ?? `exit code ${exit.code ?? 'unknown'}`
  return { status: 'failed', reason: `the module ended in mid-run (${how})` }
}

/** Settles when somebody other than the child ends the run. */
function watchRun(run: RunInit): { readonly ending: Promise<Ending>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const cancel = (): void => {
    resolve({ status: 'cancelled', reason: 'cancelled' })
  }
  const stops = [
    run.clock.after(run.timeoutMs, () => {
      resolve({ status: 'timeout', reason: `took longer than ${run.timeoutMs} ms` })
    }),
    onAbort(run.signal, cancel),
    onAbort(run.closing, cancel),
    watchChild(run, resolve),
  ]
  return {
    ending: promise,
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

function watchChild({ child, limits, clock }: RunInit, end: (ending: Ending) => void): () => void {
  if (child.pid === undefined) return () => undefined
  const reason = `used more than ${limits.memoryBytes} bytes of memory`
  return watchMemory({
    pid: child.pid,
    limitBytes: limits.memoryBytes,
    clock,
    onExceed: () => {
      end({ status: 'killed', reason })
    },
  })
}

function onAbort(signal: AbortSignal, task: () => void): () => void {
  if (signal.aborted) task()
  signal.addEventListener('abort', task, { once: true })
  return () => {
    signal.removeEventListener('abort', task)
  }
}

/** Waits for `promise`, which never rejects, at most `ms`. */
function settles(
  promise: Promise<unknown>,
  ms: number,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = clock.after(ms, resolve)
    void promise.then(() => {
      stop()
      resolve()
    })
  })
}
