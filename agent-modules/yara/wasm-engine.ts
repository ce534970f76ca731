/**
 * YARA-X as WebAssembly, for machines without a prebuilt addon.
 *
 * DEV NOTE. Each scan costs it some 10 ms and leaks 100 KiB of memory and 8 GiB of addresses, whatever is freed (measured with 1.20.0). So it
 * lives in a thread that is ended and started anew after some hundred scans; that also lets a scan be stopped in the middle. The room is
 * shared with the thread, which takes one scan at a time: nobody writes to it before the answer has come.
 */
import { Worker } from 'node:worker_threads'
import { RuleError, type Engine, type RuleHit } from './engine.ts'

/** The largest file: in the room, and once more in the memory of the engine, beside its own 130 MiB, it must fit into what a module may have. */
const ROOM_BYTES = 32 * 1024 * 1024
/** By then the thread has leaked some 30 MiB; a new one takes 0.2 s. */
const SCANS_A_THREAD = 300
/** Threads reserve 512 MiB for machine code if nobody says otherwise, which is twice what a module may have in all. */
const THREAD_LIMITS = {
  codeRangeSizeMb: 32,
  maxOldGenerationSizeMb: 64,
  maxYoungGenerationSizeMb: 8,
}

export type ThreadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'hits'; readonly hits: readonly RuleHit[] }

/** Rejects when the signal ends it. @throws RuleError */
export async function openWasmEngine(source: string, signal?: AbortSignal): Promise<Engine> {
  const room = new SharedArrayBuffer(ROOM_BYTES)
  const start = (): Promise<Worker> => startThread({ source, room }, signal)
  let thread: Worker | undefined = await start()
  let scansLeft = SCANS_A_THREAD
  const end = async (): Promise<void> => {
    const ending = thread
    thread = undefined
    await ending?.terminate()
  }
  return {
    name: 'wasm',
    room: Buffer.from(room),
    scan: async (length) => {
      if (scansLeft === 0) await end()
      if (thread === undefined) {
        thread = await start()
        scansLeft = SCANS_A_THREAD
      }
      scansLeft -= 1
      try {
        return await ask(thread, length)
      } catch (error) {
        // It may be at an end: the next scan begins in a new one.
        await end()
        throw error
      }
    },
    giveUp: async () => {
      await end()
      return true
    },
    [Symbol.asyncDispose]: end,
  }
}

/** The same address from this file and from the bundle (.ci/build.mjs), where it has the other ending. */
function threadFile(): URL {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`../../agent-modules/yara/wasm-worker.${ending}`, import.meta.url)
}

export interface ThreadInit {
  readonly source: string
  readonly room: SharedArrayBuffer
}

/** A thread that has compiled the rules. @throws RuleError */
async function startThread(workerData: ThreadInit, signal?: AbortSignal): Promise<Worker> {
  const thread = new Worker(threadFile(), { workerData, resourceLimits: THREAD_LIMITS, env: {} })
  const stop = (): void => void thread.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  thread.once('exit', () => signal?.removeEventListener('abort', stop))
  const answer = await nextAnswer(thread)
  if (answer.kind === 'ready') return thread
  await thread.terminate()
  throw answer.kind === 'refused'
    ? new RuleError(answer.reason)
    : new TypeError('the thread of the engine answered before it was asked')
}

async function ask(thread: Worker, length: number): Promise<readonly RuleHit[]> {
  const answered = nextAnswer(thread)
  thread.postMessage(length)
  const answer = await answered
  if (answer.kind === 'hits') return answer.hits
  throw new TypeError('the thread of the engine answered something else')
}

/** Rejects when the thread fails or ends. */
function nextAnswer(thread: Worker): Promise<ThreadAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>()
  const fail = (error: unknown): void => {
    reject(error instanceof Error ? error : new Error('the thread of the engine ended'))
  }
  thread.once('message', resolve).once('error', fail).once('exit', fail)
  return promise.finally(() => {
    thread.off('message', resolve).off('error', fail).off('exit', fail)
  })
}
