import { describe, expect, it, vi } from 'vitest'
import { systemClock, systemRandom } from '../../../node/host/system.ts'

describe('the clock', () => {
  it('sleeps until the signal, and rejects with its reason', async () => {
    const giveUp = new AbortController()
    const asleep = systemClock.sleep(60_000, giveUp.signal)
    const reason = new Error('woken')
    giveUp.abort(reason)
    await expect(asleep).rejects.toBe(reason)
    await expect(systemClock.sleep(0, giveUp.signal)).rejects.toBe(reason)
  })

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const remove = vi.spyOn(signal, 'removeEventListener')
    await systemClock.sleep(0, signal)
    expect(remove).toHaveBeenCalledOnce()
  })

  it('runs a task later, unless it is called off', async () => {
    const task = vi.fn()
    const cancel = systemClock.after(0, task)
    cancel()
    await new Promise<void>((resolve) => void systemClock.after(1, resolve))
    expect(task).not.toHaveBeenCalled()
  })

  it('waits longer than one timer of Node can', () => {
    vi.useFakeTimers()
    try {
      const monthMs = 30 * 24 * 60 * 60 * 1000
      const task = vi.fn()
      systemClock.after(monthMs, task)
      vi.advanceTimersByTime(monthMs - 1)
      expect(task).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(task).toHaveBeenCalledOnce()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('randomness', () => {
  it('gives as many bytes as asked for, never the same', () => {
    expect(systemRandom.bytes(32)).toHaveLength(32)
    expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32))
  })

  it('gives fractions in [0, 1)', () => {
    const fraction = systemRandom.fraction()
    expect(fraction).toBeGreaterThanOrEqual(0)
    expect(fraction).toBeLessThan(1)
  })
})
