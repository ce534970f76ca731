/** What went wrong with single answers on the way to one node, so that none of them holds up the others. */
import type { Clock } from '../core/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../core/time.ts'
import type { OutboxItem } from './outbox-record.ts'

const FIRST_WAIT_MS = SECOND_MS / 2
const LONGEST_WAIT_MS = MINUTE_MS

interface Setback {
  readonly count: number
  readonly untilMs: number
}

export interface Setbacks {
  /** The node asked to be spared this answer for a while; asked again and again, it is spared for longer. */
  busy(item: OutboxItem, retryAfterMs: number): void
  /** The stream broke over it. Perhaps by chance, so it waits for nothing but those that never broke one. */
  broke(item: OutboxItem): void
  /** When this answer may be sent, ms since the epoch. */
  dueAt(item: OutboxItem): number
  /** In the order in which to send them; everything about answers that are not among them is forgotten. */
  arrange(items: readonly OutboxItem[]): readonly OutboxItem[]
  clear(): void
}

export function createSetbacks(clock: Pick<Clock, 'now'>): Setbacks {
  let setbacks = new Map<string, Setback>()
  const countOf = ({ key }: OutboxItem): number => setbacks.get(key)?.count ?? 0
  const add = (item: OutboxItem, untilMs: number): void => {
    setbacks.set(item.key, { count: countOf(item) + 1, untilMs })
  }
  return {
    busy(item, retryAfterMs) {
      const ownMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** countOf(item))
      add(item, clock.now() + Math.max(retryAfterMs, ownMs))
    },
    broke(item) {
      add(item, 0)
    },
    dueAt: ({ key, notBeforeMs }) => Math.max(notBeforeMs, setbacks.get(key)?.untilMs ?? 0),
    arrange(items) {
      const keys = new Set(items.map(({ key }) => key))
      setbacks = new Map([...setbacks].filter(([key]) => keys.has(key)))
      return items.toSorted((a, b) => countOf(a) - countOf(b))
    },
    clear() {
      setbacks.clear()
    },
  }
}
