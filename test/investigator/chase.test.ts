/** Who is gone after: agents that were expected and have not ended, and nobody once the node stops. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { HuntRecord } from '../../node/core/hunt.ts'
import type { PeerId } from '../../node/core/ids.ts'
import type { Clock } from '../../node/core/ports.ts'
import type { Answer } from '../../node/core/result.ts'
import { DAY_MS, HOUR_MS } from '../../node/core/time.ts'
import { startChase } from '../../node/investigator/chase.ts'
import { createOpenHunts, type OpenHunts } from '../../node/investigator/open-hunts.ts'
import { agent, answerOf, huntOf } from '../helpers/answers.ts'
import { NOW_MS } from '../helpers/documents.ts'
import { silent } from '../helpers/ladder.ts'
import { until } from '../helpers/until.ts'

let nowMs = NOW_MS
let hunts: HuntRecord[] = []
let reads = 0
let tell: (answer: Answer) => void = () => undefined
let ended: () => Promise<ReadonlySet<PeerId>>
let open: OpenHunts
beforeEach(() => {
  nowMs = NOW_MS
  reads = 0
  hunts = [huntOf()]
  ended = () => Promise.resolve(new Set([agent('2')]))
  open = createOpenHunts({
    clock: { now: () => nowMs },
    shelf: {
      hunts: () => hunts,
      ended: () => {
        reads += 1
        return ended()
      },
    },
    onAnswer: (listener) => {
      tell = listener
    },
  })
})

describe('outstanding agents', () => {
  it('are those expected that have not ended; the shelf is read once a hunt', async () => {
    expect(await open.outstanding()).toEqual(new Set([agent('1')]))
    tell(answerOf({ status: 'started' }))
    expect(await open.outstanding()).toEqual(new Set([agent('1')]))
    tell(answerOf())
    expect(await open.outstanding()).toEqual(new Set())
    expect(reads).toBe(1)
  })

  it('do not include one that answers while the shelf is read', async () => {
    ended = () => {
      tell(answerOf())
      return Promise.resolve(new Set())
    }
    expect(await open.outstanding()).toEqual(new Set([agent('2')]))
  })

  it('are given up 30 days after the expiry of their action', async () => {
    await open.outstanding()
    nowMs += HOUR_MS + 30 * DAY_MS
    expect(await open.outstanding()).toEqual(new Set())
  })
})

describe('chase', () => {
  const addresses = ['/ip4/127.0.0.1/tcp/1']
  const timers: (() => void)[] = []
  const clock: Clock = {
    now: () => nowMs,
    sleep: () => Promise.resolve(),
    after: (_ms, task) => {
      timers.push(task)
      return () => void timers.splice(timers.indexOf(task), 1)
    },
  }
  beforeEach(() => {
    timers.length = 0
  })

  it('calls off its dials when it is stopped, and begins no more', async () => {
    const dials: AbortSignal[] = []
    const ended = Promise.withResolvers<undefined>()
    const stop = startChase({
      network: {
        neighbours: () => [],
        open: (_peer, _protocol, { signal }) => {
          dials.push(signal)
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('called off'))
              ended.resolve(undefined)
            })
          })
        },
      },
      clock,
      logger: silent,
      open,
      addressesOf: () => addresses,
    })
    timers.shift()?.()
    await until(() => dials.length === 1)
    stop()
    await ended.promise
    await new Promise(setImmediate)
    expect(timers).toEqual([])
  })

  it('dials who is out and not near, again and again', async () => {
    hunts = [huntOf({ expected: ['1', '2', '3'].map((each) => ({ peer: agent(each), name: '' })) })]
    const dialled: PeerId[] = []
    const stop = startChase({
      network: {
        neighbours: () => [{ peer: agent('3'), listening: true }],
        open: (peer) => {
          dialled.push(peer)
          return Promise.reject(new Error('nobody there'))
        },
      },
      clock,
      logger: silent,
      open,
      addressesOf: () => addresses,
    })
    for (let round = 1; round <= 2; round += 1) {
      timers.shift()?.()
      await until(() => timers.length === 1)
      expect(dialled).toEqual(Array.from({ length: round }, () => agent('1')))
    }
    stop()
  })
})
