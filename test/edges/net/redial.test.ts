/** The redial loops on their own: whom they dial, how often, and what they leave alone. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../../node/core/ports.ts'
import { systemRandom } from '../../../node/host/system.ts'
import { type RedialPorts, startRedial } from '../../../node/net/redial.ts'
import { until } from '../../helpers/until.ts'

let stop = (): void => undefined
afterEach(() => {
  stop()
})

/** Time passes at once, but never without a turn for others. */
const hasty: Clock = {
  now: () => 0,
  sleep: async (_ms, signal) => {
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
  },
  after: () => () => undefined,
}

function run(bootstrap: readonly string[], ports: Partial<RedialPorts>): string[] {
  const events: string[] = []
  stop = startRedial(bootstrap, {
    clock: hasty,
    random: systemRandom,
    logger: { log: (event) => events.push(event) },
    isConnected: () => false,
    neighbourCount: () => 0,
    candidates: () => [],
    dial: () => Promise.resolve(),
    ...ports,
  })
  return events
}

describe('redial', () => {
  it('dials a bootstrap peer for ever, and not while it is connected', async () => {
    let dials = 0
    let looks = 0
    let isConnected = false
    const dial = (): Promise<void> => {
      dials += 1
      return Promise.reject(new Error('down'))
    }
    const look = (): boolean => {
      looks += 1
      return isConnected
    }
    run(['one'], { dial, isConnected: look })
    await until(() => dials > 20)
    isConnected = true
    const [before, since] = [dials, looks]
    await until(() => looks > since + 20)
    expect(dials).toBe(before)
    isConnected = false
    await until(() => dials > before + 20)
  })

  it('reads the peer book only while neighbours are missing', async () => {
    let looks = 0
    let reads = 0
    const candidates = (): readonly string[] => {
      reads += 1
      return []
    }
    let neighbours = 6
    const neighbourCount = (): number => {
      looks += 1
      return neighbours
    }
    run([], { candidates, neighbourCount })
    await until(() => looks > 10)
    expect(reads).toBe(0)
    neighbours = 5
    await until(() => reads > 0)
  })

  it('that fails by a bug says so, and the process goes on', async () => {
    const events = run([], {
      candidates: () => {
        throw new Error('a bug')
      },
    })
    await until(() => events.includes('redial-ended'))
  })
})
