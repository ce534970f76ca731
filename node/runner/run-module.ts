/** The runner: operations in bounded child processes, one each, one started ahead. Implements the port `Runner`. */
import { availableParallelism } from 'node:os'
import type { Operation } from '../core/action.ts'
import { MeshError } from '../core/errors.ts'
import type { Clock, RunOptions, Runner } from '../core/ports.ts'
import { runAnswer } from './channel.ts'
import type { RunRequest } from './channel.ts'
import { openCollector, unfinished } from './collect.ts'
import type { Ending } from './collect.ts'
import { childCommand } from './command.ts'
import { unknownModule } from './drive.ts'
import { defaultLimits } from './limits.ts'
import type { RunLimits } from './limits.ts'
import { loadRegistry, PRODUCT_REGISTRY } from './registry.ts'
import type { Registry } from './registry.ts'
import { createSlots } from './slots.ts'
import type { Turn } from './slots.ts'
import { startChild } from './start-child.ts'
import type { Child } from './start-child.ts'
import { createStuck } from './stuck.ts'
import { supervise } from './supervise.ts'
import { findWrappers } from './wrappers.ts'

export interface RunnerInit {
  readonly clock: Clock
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<RunLimits>
  /** Keep one child started ahead (default): a run need not wait for Node to start, and a waiting child holds some 25 MiB of its own. */
  readonly startAhead?: boolean
  /** Address of a module registry, for tests; default: the product's own modules. */
  readonly registry?: string
}

export interface OpenRunner extends Runner, AsyncDisposable {
  /** Kills what runs (answered `cancelled`) and resolves when it is gone. Idempotent. */
  close(): Promise<void>
}

/** @throws MeshError NODE_FAILED when children do not start on this host. */
export async function openRunner(init: RunnerInit): Promise<OpenRunner> {
  const limits = { ...defaultLimits(availableParallelism()), ...init.limits }
  const url = init.registry ?? PRODUCT_REGISTRY
  const [registry, start] = await Promise.all([loadRegistry(url), prepareStart(url, limits)])
  return assemble({ ...init, limits, registry, start, startAhead: init.startAhead ?? true })
}

interface Parts {
  readonly clock: Clock
  readonly limits: RunLimits
  readonly registry: Registry
  readonly start: () => Child
  readonly startAhead: boolean
}

function assemble(parts: Parts): OpenRunner {
  const { clock, limits, registry } = parts
  const slots = createSlots(limits)
  const stuck = createStuck()
  const nursery = openNursery(parts)
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  const runInTurn = async (operation: Operation, options: RunOptions, turn: Turn) => {
    if (turn.kind !== 'go') return unfinished(operation, turn.kind === 'busy' ? BUSY : CANCELLED)
    const module = await registry.findModule(operation.module)
    const leftMs = options.untilMs - clock.now()
    const refusal = leftMs <= 0 ? EXPIRED : stuck.refusalOf(operation.module)
    if (module === undefined || refusal !== undefined) {
      turn.release()
      return unfinished(operation, refusal ?? unknown(operation))
    }
    options.onBegin?.()
    const child = nursery.take()
    void child.exited.then(turn.release)
    // Whoever comes next begins at once when this run ends.
    if (slots.isAnyoneWaiting()) nursery.fill()
    const result = await supervise({
      child,
      request: { ...operation, startedAtMs: clock.now(), room: roomFor(limits) },
      collector: openCollector({ operation, module, limits }),
      limits,
      clock,
      signal: options.signal,
      closing: closing.signal,
      timeoutMs: Math.min(options.timeoutMs, limits.timeoutMs, leftMs),
    })
    if (result.status !== 'success') stuck.add(operation.module, child, turn.release)
    nursery.fillSoon()
    return result
  }

  const run: Runner['run'] = async (operation, options) => {
    const turn = await slots.take(AbortSignal.any([options.signal, closing.signal]))
    const running = runInTurn(operation, options, turn)
    underWay.add(running)
    return running.finally(() => underWay.delete(running))
  }
  const close = async (): Promise<void> => {
    closing.abort()
    await Promise.all([nursery.close(), ...underWay])
  }
  nursery.fill()
  return { run, close, [Symbol.asyncDispose]: close }
}

/** A quarter is left for the last finding, errors and statistics. */
const roomFor = ({ findings, outputBytes }: RunLimits): RunRequest['room'] => ({
  findings,
  bytes: Math.floor(outputBytes * 0.75),
})

const REFILL_DELAY_MS = 300
const BUSY = { status: 'failed', reason: 'this host has too many runs waiting' } as const
const CANCELLED = { status: 'cancelled', reason: 'cancelled before it began' } as const
const EXPIRED = { status: 'timeout', reason: 'its time was over before it could begin' } as const
const unknown = ({ module }: Operation): Ending => ({
  status: 'failed',
  reason: unknownModule(module),
})

interface Nursery {
  /** A child that waits, or is just being started; the caller ends it. */
  take(): Child
  /** Starts one ahead, if none is. */
  fill(): void
  /** The same, once the answer that was just made has had time to leave: a start costs 0.1 s of CPU. */
  fillSoon(): void
  close(): Promise<void>
}

function openNursery({
  start,
  startAhead,
  clock,
}: Pick<Parts, 'start' | 'startAhead' | 'clock'>): Nursery {
  let ahead: Child | undefined
  let isClosed = false
  let cancelFill = (): void => undefined
  const fill = (): void => {
    if (startAhead && !isClosed && ahead?.isAlive() !== true) ahead = start()
  }
  return {
    take: () => {
      const child = ahead?.isAlive() === true ? ahead : start()
      ahead = undefined
      return child
    },
    fill,
    fillSoon: () => {
      if (isClosed) return
      cancelFill()
      cancelFill = clock.after(REFILL_DELAY_MS, fill)
    },
    close: async () => {
      isClosed = true
      cancelFill()
      ahead?.kill('SIGKILL')
      await ahead?.exited
    },
  }
}

/** Starts one child without a data limit to learn that children start here, and how much data one has that only waits. */
async function prepareStart(registry: string, limits: RunLimits): Promise<() => Child> {
  const wrappers = await findWrappers()
  const plan = { limits, wrappers, registry, cores: availableParallelism() }
  const probe = startChild(childCommand({ ...plan, waitingDataBytes: 0 }))
  const waitingDataBytes = await dataWhileWaiting(probe)
  const command = childCommand({ ...plan, waitingDataBytes })
  return () => startChild(command)
}

async function dataWhileWaiting(probe: Child): Promise<number> {
  const first = await probe.frames.next()
  probe.kill('SIGKILL')
  const exit = await probe.exited
  const answer = first.done === true ? undefined : runAnswer.parse(first.value.message)
  if (answer?.kind === 'ready') return answer.dataBytes
  const reason = `a child for modules does not start: ${exit.lastWords}`
  throw new MeshError({ code: 'NODE_FAILED', reason })
}
