/** Ports as plain objects: a clock that tests turn, records and a log in memory. */
import type { ReplyNode } from '../../node/core/action.ts'
import type { DocumentId, PeerId } from '../../node/core/ids.ts'
import type { Clock, Logger, Records } from '../../node/core/ports.ts'

export interface FakeClock extends Clock {
  /** Moves time on; what falls due runs, in order. */
  advance(ms: number): void
  /** Timers that wait. */
  pending(): number
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let nowMs = startMs
  const timers = new Map<object, { atMs: number; task: () => void }>()
  const after = (ms: number, task: () => void): (() => void) => {
    const key = {}
    timers.set(key, { atMs: nowMs + Math.max(0, ms), task })
    return () => void timers.delete(key)
  }
  return {
    now: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancel = after(ms, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          reject(signal.reason as Error)
        })
      }),
    advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...timers]
          .filter(([, { atMs }]) => atMs <= endMs)
          .toSorted(([, a], [, b]) => a.atMs - b.atMs)
        if (next === undefined) break
        timers.delete(next[0])
        nowMs = Math.max(nowMs, next[1].atMs)
        next[1].task()
      }
      nowMs = endMs
    },
    pending: () => timers.size,
  }
}

export interface FakeRecords extends Records {
  readonly data: Map<string, Uint8Array>
  /** Bytes of all values put. */
  readonly written: () => number
  /** The next calls of `put` reject, this many. */
  fail(times: number): void
}

export function fakeRecords(data = new Map<string, Uint8Array>()): FakeRecords {
  let written = 0
  let failures = 0
  return {
    data,
    written: () => written,
    fail: (times) => {
      failures = times
    },
    get: (key) => Promise.resolve(data.get(key)),
    put(key, value) {
      if (failures > 0) {
        failures -= 1
        return Promise.reject(new Error('ENOSPC: no space left on device'))
      }
      written += value.length
      data.set(key, value)
      return Promise.resolve()
    },
    delete(key) {
      data.delete(key)
      return Promise.resolve()
    },
    async *entries(prefix = '') {
      for (const key of keysOf(data, prefix))
        yield [key, await Promise.resolve(data.get(key)!)] as const
    },
    async *keys(prefix = '') {
      for (const key of keysOf(data, prefix)) yield await Promise.resolve(key)
    },
  }
}

const keysOf = (data: ReadonlyMap<string, unknown>, prefix: string): string[] =>
  [...data.keys()].filter((key) => key.startsWith(prefix)).toSorted()

export interface FakeLogger extends Logger {
  readonly events: readonly string[]
}

export function fakeLogger(): FakeLogger {
  const events: string[] = []
  return { events, log: (event) => void events.push(event) }
}

/** One or two hex digits, again and again. */
export const action = (digits: string): DocumentId =>
  digits.repeat(64 / digits.length) as DocumentId

const PEERS = ['4rCvRbrLbyWw', '7pHvNnxQDLnT', 'AQzQHwKWvYGL', 'Cq2p9o1C5kZm']

/** One of four investigators' nodes. */
export const node = (index: number): ReplyNode => ({
  peer: `12D3KooW${PEERS[index]!.padEnd(44, 'a')}` as PeerId,
  sealing: String(index).repeat(43),
  addresses: [],
})
