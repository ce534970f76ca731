/** When a node may act after it was alone: not before every neighbour that came first has told what it knows, and never much later. */
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { type CatchUp, createCatchUp } from '../../node/mesh/catch-up.ts'
import { type FakeClock, fakeClock } from '../helpers/fakes.ts'

let time: FakeClock
let catchUp: CatchUp
beforeEach(() => {
  time = fakeClock()
  catchUp = createCatchUp(time)
})

const isOver = async (): Promise<boolean> => {
  let over = false
  void catchUp.over().then(() => (over = true))
  await setImmediate()
  return over
}
const round = (): PromiseWithResolvers<void> => {
  const made = Promise.withResolvers<void>()
  catchUp.meet(made.promise)
  return made
}

describe('catching up', () => {
  it('waits for a neighbour at all', async () => {
    time.advance(60_000)
    expect(await isOver()).toBe(false)
  })

  it('waits for every neighbour of the first second, however soon the first has finished', async () => {
    round().resolve()
    await setImmediate()
    time.advance(900)
    expect(await isOver()).toBe(false)
    const second = round()
    time.advance(200)
    expect(await isOver()).toBe(false)
    second.resolve()
    expect(await isOver()).toBe(true)
  })

  it('goes on without a neighbour that fails, if another did not', async () => {
    round().reject(new Error('gone'))
    const good = round()
    time.advance(2000)
    expect(await isOver()).toBe(false)
    good.resolve()
    expect(await isOver()).toBe(true)
  })

  it('ends 5 s after the first neighbour, whatever neighbours do', async () => {
    round()
    time.advance(2000)
    round().reject(new Error('gone'))
    time.advance(2900)
    expect(await isOver()).toBe(false)
    time.advance(100)
    expect(await isOver()).toBe(true)
  })

  it('begins again after the last neighbour has gone', async () => {
    round().resolve()
    await setImmediate()
    time.advance(2000)
    expect(await isOver()).toBe(true)
    catchUp.isolate()
    expect(await isOver()).toBe(false)
    round().resolve()
    await setImmediate()
    time.advance(2000)
    expect(await isOver()).toBe(true)
  })

  it('goes on to wait when the first neighbour went before it told anything', async () => {
    round().reject(new Error('gone'))
    catchUp.isolate()
    time.advance(5000)
    expect(await isOver()).toBe(false)
    round()
    time.advance(4900)
    expect(await isOver()).toBe(false)
    time.advance(100)
    expect(await isOver()).toBe(true)
  })

  it('counts no round of before for who waits through being alone again', async () => {
    const lost = round()
    catchUp.isolate()
    const next = round()
    lost.resolve()
    time.advance(2000)
    expect(await isOver()).toBe(false)
    next.resolve()
    expect(await isOver()).toBe(true)
  })
})
